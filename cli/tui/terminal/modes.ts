interface Mode {
  readonly on: string
  readonly off: string
}

export interface ModeOptions {
  /** Clicks, drags and the wheel come to us instead of to the terminal. */
  readonly mouse: boolean
  /** Asks for keys that look the same on a plain terminal, such as Shift+Enter. */
  readonly keyboard: boolean
}

const screen: readonly Mode[] = [
  { on: '\x1b[?1049h', off: '\x1b[?1049l' },
  // A row that came out too wide must not become two.
  { on: '\x1b[?7l', off: '\x1b[?7h' },
  { on: '\x1b[?25l', off: '\x1b[?25h' },
  // Bracketed paste, and the focus of the window.
  { on: '\x1b[?2004h', off: '\x1b[?2004l' },
  { on: '\x1b[?1004h', off: '\x1b[?1004l' },
]

/**
 * modifyOtherKeys and the kitty protocol. A terminal that knows both follows the second, one that
 * knows neither skips them; an old one that overlooks the > takes the first for a style and the
 * second for a cursor to be restored, hence the reset, and hence no cursor is saved here. The screens
 * of kitty have a stack each: this comes after the alternate screen and goes before it.
 */
const keyboard: readonly Mode[] = [
  { on: '\x1b[>4;2m\x1b[m', off: '\x1b[>4m\x1b[m' },
  { on: '\x1b[>1u', off: '\x1b[<u' },
]

/** Buttons, drags, and cells as decimal numbers. */
const mouse: readonly Mode[] = [
  { on: '\x1b[?1000h', off: '\x1b[?1000l' },
  { on: '\x1b[?1002h', off: '\x1b[?1002l' },
  { on: '\x1b[?1006h', off: '\x1b[?1006l' },
]

/** Takes the screen. */
export function enterModes(options: ModeOptions): string {
  return on([...screen, ...(options.keyboard ? keyboard : [])]) + (options.mouse ? on(mouse) : '')
}

/** Undoes `enterModes`, in reverse. */
export function leaveModes(options: ModeOptions): string {
  const rest = off([...screen, ...(options.keyboard ? keyboard : [])])
  return `${options.mouse ? off(mouse) : ''}\x1b[m${rest}`
}

export function mouseModes(isOn: boolean): string {
  return isOn ? on(mouse) : off(mouse)
}

function on(modes: readonly Mode[]): string {
  return modes.map((mode) => mode.on).join('')
}

function off(modes: readonly Mode[]): string {
  return modes
    .map((mode) => mode.off)
    .reverse()
    .join('')
}
