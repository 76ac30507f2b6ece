import type { KeyEvent } from '../terminal/event.js'

/** A key as the key table names it: `ctrl+n`, `shift+tab`, `f1`, `space`, `a`, `G`. */
export function chordOf({ name, ctrl, alt, shift, text }: KeyEvent): string {
  // The character that a shifted letter types says it already.
  const isShown = shift && (text === undefined || name.length > 1)
  return `${ctrl ? 'ctrl+' : ''}${alt ? 'alt+' : ''}${isShown ? 'shift+' : ''}${name === 'space' ? name : (text ?? name)}`
}
