import type { Session } from '../../shared/contract/session.js'
import { exitWith } from '../output/exit.js'
import { printLines } from '../output/print.js'
import type { ChatStart } from '../session/start-chat.js'
import { sanitiseLine } from '../text/sanitise.js'
import { runChat } from './chat.js'

/** The chat on the whole screen. Returns when the user leaves. */
export async function runTui(start: ChatStart): Promise<void> {
  printLines(farewell(await runChat(start)))
  exitWith(0)
}

function farewell({ session, isAnswering }: { session: Session; isAnswering: boolean }): string[] {
  const back = `c2a -s ${session.id.slice(0, 8)}`
  const rest = isAnswering ? 'The answer goes on. ' : ''
  return [`${rest}Back to "${sanitiseLine(session.title)}" with: ${back}`]
}
