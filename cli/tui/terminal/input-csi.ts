import type { KeyEvent, TerminalEvent } from './event.js'
import { codePointKey, type Modifiers, namedKey, noModifiers } from './input-keys.js'
import { mouseEvent } from './input-mouse.js'
import { csiReply } from './input-reply.js'

const SHAPE = /^\[([<=>?]?)([\d;:]*)([ -/]*)([@-~])$/
const RXVT = /^\[(\d+)([$^@])$/
const SS3 = /^O(?:1;)?(\d*)(.)$/

/** Keys that end with a letter of their own. */
const letters: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
}
/** rxvt: with Shift after CSI, with Ctrl after SS3. */
const lowerLetters: Readonly<Record<string, string>> = {
  a: 'up',
  b: 'down',
  c: 'right',
  d: 'left',
}
const tildes: Readonly<Record<string, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
}
/** The Linux console, after CSI [. */
const consoleLetters: Readonly<Record<string, string>> = {
  A: 'f1',
  B: 'f2',
  C: 'f3',
  D: 'f4',
  E: 'f5',
}
/** A keypad that another program left in application mode. */
const keypadLetters = 'jklmnopqrstuvwxy'
const keypadCharacters = '*+,-./0123456789'

/**
 * What a control sequence says, given from [ to its last character. Undefined for
 * those that say nothing to us, such as the release of a key.
 */
export function csiEvent(sequence: string): TerminalEvent | undefined {
  if (sequence.startsWith('[[')) return letterKey(consoleLetters[sequence.slice(2)], noModifiers)
  const rxvt = RXVT.exec(sequence)
  if (rxvt !== null) return rxvtKey(rxvt[1] ?? '', rxvt[2])
  const [, prefix, parameters = '', between, final = ''] = SHAPE.exec(sequence) ?? []
  if (prefix === '?') return csiReply(parameters, `${between}${final}`)
  if (prefix === '<') return between === '' ? mouseEvent(parameters, final) : undefined
  if (prefix !== '' || between !== '') return undefined
  if (final === 'I' || final === 'O') {
    return parameters === '' ? { type: 'focus', on: final === 'I' } : undefined
  }
  return csiKey(parameters.split(';'), final)
}

/** What O (SS3) says: a letter, perhaps with the number of its modifiers before it. */
export function ss3Event(sequence: string): KeyEvent | undefined {
  const [, modifiers = '', final = ''] = SS3.exec(sequence) ?? []
  const held = readModifiers(modifiers)
  if (held === undefined) return undefined
  if (final === 'M') return namedKey('enter', held)
  const lower = lowerLetters[final]
  if (lower !== undefined) return namedKey(lower, { ...held, ctrl: true })
  const pad = keypadLetters.indexOf(final)
  const character = pad < 0 ? undefined : keypadCharacters.codePointAt(pad)
  if (character !== undefined) return codePointKey(character, held)
  return letterKey(letters[final], held)
}

function csiKey(parameters: readonly string[], final: string): KeyEvent | undefined {
  const [first = '', second = '', third = ''] = parameters
  if (final === '~' && first === '27') return otherKey(third, second)
  const held = readModifiers(second)
  if (held === undefined) return undefined
  // The kitty protocol adds the shifted key after a colon.
  const code = first.split(':')[0] ?? ''
  if (final === 'u') {
    return isSuper(second) || code === '' ? undefined : codePointKey(Number(code), held)
  }
  if (final === '~') return letterKey(tildes[code], held)
  if (code !== '' && code !== '1') return undefined
  if (final === 'Z') return namedKey('tab', { ...held, shift: true })
  const lower = lowerLetters[final]
  if (lower !== undefined) return namedKey(lower, { ...held, shift: true })
  return letterKey(letters[final], held)
}

/** modifyOtherKeys: CSI 27 ; modifiers ; character ~ */
function otherKey(character: string, modifiers: string): KeyEvent | undefined {
  const held = readModifiers(modifiers)
  if (held === undefined || character === '') return undefined
  return codePointKey(Number(character), held)
}

function letterKey(name: string | undefined, held: Modifiers): KeyEvent | undefined {
  return name === undefined ? undefined : namedKey(name, held)
}

function rxvtKey(number: string, end: string | undefined): KeyEvent | undefined {
  return letterKey(tildes[number], { ctrl: end !== '$', alt: false, shift: end !== '^' })
}

const released = '3'

/**
 * Modifiers, one more than the sum of their bits, perhaps with :event behind. Undefined for the
 * release of a key. Meta counts as Alt, and so does what kitty calls Super: iTerm2 has sent Alt+Up
 * as CSI 1;9A for ages.
 */
function readModifiers(parameter: string): Modifiers | undefined {
  const [sum = '', event] = parameter.split(':')
  if (event === released) return undefined
  const bits = bitsOf(sum)
  return { shift: (bits & 1) !== 0, alt: (bits & (2 | 8 | 32)) !== 0, ctrl: (bits & 4) !== 0 }
}

/** Keys with Super or Hyper belong to the desktop: what they would type is not meant. */
function isSuper(parameter: string): boolean {
  return (bitsOf(parameter.split(':')[0] ?? '') & (8 | 16)) !== 0
}

function bitsOf(sum: string): number {
  return sum === '' || sum === '0' ? 0 : Number(sum) - 1
}
