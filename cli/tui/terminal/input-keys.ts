import type { KeyEvent } from './event.js'

export interface Modifiers {
  readonly ctrl: boolean
  readonly alt: boolean
  readonly shift: boolean
}

export const noModifiers: Modifiers = { ctrl: false, alt: false, shift: false }
export const escapeKey = namedKey('escape')

/** C0 controls that are keys of their own. The others are Ctrl with a character. */
const controlNames: Readonly<Record<number, string>> = {
  // The Backspace of many an xterm; Ctrl+Backspace of others, which nothing tells apart from it.
  8: 'backspace',
  9: 'tab',
  13: 'enter',
  27: 'escape',
  127: 'backspace',
}

/** Keys of the kitty protocol that have numbers of its own, apart from those of characters. */
const keypad: Readonly<Record<number, string>> = {
  57409: '.',
  57410: '/',
  57411: '*',
  57412: '-',
  57413: '+',
  57414: 'enter',
  57415: '=',
  57416: ',',
  57417: 'left',
  57418: 'right',
  57419: 'up',
  57420: 'down',
  57421: 'pageup',
  57422: 'pagedown',
  57423: 'home',
  57424: 'end',
  57425: 'insert',
  57426: 'delete',
}
const keypadZero = 57399
const keypadNine = 57408

/** A key that types nothing. */
export function namedKey(name: string, { ctrl, alt, shift }: Modifiers = noModifiers): KeyEvent {
  return { type: 'key', name, ctrl, alt, shift }
}

/** The key of a typed character, as it came: a capital was typed with Shift. */
export function characterKey(character: string, held: Modifiers = noModifiers): KeyEvent {
  const lower = character.toLowerCase()
  const name = character === ' ' ? 'space' : lower
  const key = namedKey(name, { ...held, shift: held.shift || lower !== character })
  return held.ctrl || held.alt ? key : { ...key, text: character }
}

/** The key behind a C0 control or DEL. */
export function controlKey(byte: number, alt = false): KeyEvent {
  const name = controlNames[byte]
  if (name !== undefined) return namedKey(name, { ...noModifiers, alt })
  // The control is the character without the bits that make it one: Ctrl+A is A - 64.
  return characterKey(byte === 0 ? ' ' : String.fromCharCode(byte + 0x40).toLowerCase(), {
    ctrl: true,
    alt,
    shift: false,
  })
}

/** The key of a code point, as the kitty protocol and modifyOtherKeys name keys. */
export function codePointKey(code: number, held: Modifiers): KeyEvent | undefined {
  const control = controlNames[code]
  if (control !== undefined) return namedKey(control, held)
  if (code >= keypadZero && code <= keypadNine) return characterKey(`${code - keypadZero}`, held)
  const pad = keypad[code]
  if (pad !== undefined) return pad.length > 1 ? namedKey(pad, held) : characterKey(pad, held)
  // Private use is where terminals put keys that type nothing.
  if (!(code <= 0x10ffff) || (code >= 0xe000 && code <= 0xf8ff)) return undefined
  const character = String.fromCodePoint(code)
  if (!isTyped(character)) return undefined
  const upper = character.toUpperCase()
  const isCapital = held.shift && upper.length === character.length
  return characterKey(isCapital ? upper : character, held)
}

export function withAlt(key: KeyEvent): KeyEvent {
  return namedKey(key.name, { ctrl: key.ctrl, alt: true, shift: key.shift })
}

// U+FFFD stands for broken UTF-8.
const UNTYPED = /[\p{Cc}\p{Cs}\uFFFD]/u

/** False for controls and for what was no character. */
export function isTyped(grapheme: string): boolean {
  return !UNTYPED.test(grapheme)
}
