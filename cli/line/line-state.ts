import type { Catalogue } from '../../shared/contract/model.js'
import type { Role } from '../../shared/contract/role.js'
import type { Session } from '../../shared/contract/session.js'
import type { ClientConfig } from '../config.js'
import { printLines } from '../output/print.js'
import { sanitise } from '../text/sanitise.js'
import { paintToken, type Theme, themeFor } from '../text/theme.js'
import { wrapAnsi } from '../text/wrap.js'
import type { Look } from '../tui/look.js'
import type { LineAction } from './line-act.js'

/** The chat as it stands: what was read last, and how it looks. */
export interface LineChat {
  readonly config: ClientConfig
  readonly look: Look
  background: 'dark' | 'light'
  session: Session
  roles: readonly Role[]
  /** Undefined until it was read. */
  catalogue: Catalogue | undefined
  /** What a number in the next line does: that of the list which was printed last. */
  choices: readonly LineAction[]
  /** The id of the question that the next line asks otherwise; undefined: it asks something new. */
  editing: string | undefined
}

export function themeOfChat({ look, background }: LineChat): Theme {
  return themeFor(look.level, { background, ascii: look.ascii })
}

/** A line (or several) from us, told apart from what a model says. */
export function notice(
  chat: LineChat,
  text: string,
  tone: 'info' | 'warn' | 'error' = 'info',
): void {
  const token = tone === 'info' ? 'dim' : tone
  printText(text, (line) => paintToken(themeOfChat(chat), token, line))
}

/** Text in lines that fit. */
export function printText(text: string, paint = (line: string): string => line): void {
  printLines(wrapAnsi(sanitise(text), process.stdout.columns || 80).map(paint))
}
