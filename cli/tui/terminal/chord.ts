import type { KeyEvent } from './event.js'

const LETTER = /\p{L}/u

/** A key as the tables of keys name it: `ctrl+n`, `ctrl+_`, `shift+tab`, `f1`, `space`, `a`, `G`. */
export function chordOf({ name, ctrl, alt, shift, text }: KeyEvent): string {
  // A capital says it already; a sign such as _ does, too, and some terminals do not tell it.
  const isShown = shift && (name.length > 1 || (text === undefined && LETTER.test(name)))
  const character = name === 'space' ? name : (text ?? name)
  return `${ctrl ? 'ctrl+' : ''}${alt ? 'alt+' : ''}${isShown ? 'shift+' : ''}${character}`
}
