import type { Environment } from '../../shared/settings.js'
import { type ColourLevel, colourLevel } from '../text/theme.js'
import { isUtf8 } from '../tui/look.js'
import type { TerminalTraits } from '../tui/terminal/probe.js'
import { smallest } from '../tui/view/layout.js'
import { combined, type Finding, ok, warn } from './check.js'

export interface TerminalLook {
  readonly env: Environment
  readonly isTTY: boolean
  readonly columns: number
  readonly rows: number
  /** Undefined where it was not asked. */
  readonly traits: TerminalTraits | undefined
}

const colours: Readonly<Record<ColourLevel, string>> = {
  none: 'no colours',
  mono: 'no colours (NO_COLOR)',
  ansi16: '16 colours',
  ansi256: '256 colours',
  truecolor: 'true colour',
}

/** Whether the chat can be drawn here, and how. */
export function terminalFinding({ env, isTTY, columns, rows, traits }: TerminalLook): Finding {
  const term = env['TERM'] || 'unset'
  const hosts = hostsOf(env)
  if (!isTTY) return ok(['the output is no terminal (a pipe or a file)', ...hosts].join(', '))
  const size = `${columns}x${rows}`
  const seen = [`TERM ${term}`, size, colours[colourLevel(env, true)], ...hosts, ...told(traits)]
  return combined([
    ...(term === 'dumb' ? [dumb] : []),
    ...(columns < smallest.columns || rows < smallest.rows ? [small(size)] : []),
    ...(isUtf8(env) ? [] : [notUtf8(env)]),
    ok(seen.join(', ')),
  ])
}

const dumb = warn(
  'TERM is dumb: the chat comes a line at a time, without colours',
  'In a real terminal: export TERM=xterm-256color',
)

function small(size: string): Finding {
  const least = `${smallest.columns}x${smallest.rows}`
  return warn(`${size} is too small for the chat`, `Make it ${least} at least, or use c2a --plain`)
}

function notUtf8(env: Environment): Finding {
  const name = ['LC_ALL', 'LC_CTYPE', 'LANG'].find((one) => env[one]) ?? 'LANG'
  return warn(
    `the locale is not UTF-8 (${name}=${env[name]}): borders and marks are drawn in ASCII`,
    `export ${name}=C.UTF-8`,
  )
}

/** What stands between us and the screen. */
function hostsOf(env: Environment): string[] {
  return [
    ...(env['TMUX'] ? ['in tmux'] : []),
    ...(env['STY'] ? ['in screen'] : []),
    ...(env['SSH_CONNECTION'] || env['SSH_TTY'] ? ['over ssh'] : []),
  ]
}

function told(traits: TerminalTraits | undefined): string[] {
  return [
    ...(traits?.synchronised ? ['synchronised output'] : []),
    ...(traits?.keyboard ? ['kitty keyboard'] : []),
  ]
}
