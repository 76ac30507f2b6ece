/** What a terminal sends, told apart. */
export type TerminalEvent = KeyEvent | PasteEvent | MouseEvent | FocusEvent | ReplyEvent

/** The same, with the characters joined that came at once. */
export type InputEvent = TerminalEvent | TypingEvent
export type KeyboardEvent = KeyEvent | TypingEvent | PasteEvent

export interface KeyEvent {
  readonly type: 'key'
  /**
   * `enter tab escape backspace delete insert up down left right home end pageup pagedown f1`…`f12`,
   * `space`, or the character itself in lower case (`a`, `/`, `é`).
   */
  readonly name: string
  readonly ctrl: boolean
  readonly alt: boolean
  readonly shift: boolean
  /** What the key types, one grapheme; absent for keys that type nothing and with Ctrl or Alt. */
  readonly text?: string
}

/** Keys with a text that came at once: a fast hand, or a paste that the terminal does not mark. */
interface TypingEvent {
  readonly type: 'typing'
  readonly keys: readonly KeyEvent[]
}

/** A bracketed paste, whole. Line breaks are \n; not sanitised. */
interface PasteEvent {
  readonly type: 'paste'
  readonly text: string
}

/** Cells from 0. */
export interface MouseEvent {
  readonly type: 'mouse'
  readonly kind: 'press' | 'release' | 'drag' | 'wheel-up' | 'wheel-down'
  readonly x: number
  readonly y: number
  readonly button: 'left' | 'middle' | 'right' | 'none'
}

/** The window got or lost the focus. */
interface FocusEvent {
  readonly type: 'focus'
  readonly on: boolean
}

/** The terminal's answer to a question of ours. `data` is its parameters without the envelope. */
export interface ReplyEvent {
  readonly type: 'reply'
  readonly kind: 'background' | 'attributes' | 'keyboard' | 'mode' | 'version'
  readonly data: string
}
