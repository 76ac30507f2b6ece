import { sanitise } from '../text/sanitise.js'

const begin = '\x1b[200~'
const end = '\x1b[201~'
/** Stands for a line break in the one line that is edited. */
const breakMark = '↵'
const markLookalike = '⏎'

/**
 * Tells what is typed from what is pasted (bracketed paste), however the bytes arrive. The mark
 * before a paste is passed on as a key, which readline ignores: no key has to wait for its rest.
 */
export function createPasteSplitter(handlers: {
  onKeys(keys: string): void
  onPaste(text: string): void
}): (chunk: string) => void {
  /** The last keys that were passed on, which may be the beginning of a mark; or the paste so far. */
  let before = ''
  let pasting = false
  return (chunk) => {
    let rest = chunk
    while (rest !== '') {
      const mark = pasting ? end : begin
      const text = before + rest
      const at = text.indexOf(mark)
      const taken = at < 0 ? rest.length : at + mark.length - before.length
      if (!pasting) handlers.onKeys(rest.slice(0, taken))
      rest = rest.slice(taken)
      if (at < 0) {
        before = pasting ? text : text.slice(1 - mark.length)
        continue
      }
      if (pasting) handlers.onPaste(text.slice(0, at))
      pasting = !pasting
      before = ''
    }
  }
}

/**
 * What a paste becomes in the line: safe to show, and on one line. At the beginning of the line its
 * slash is no command's: one more in front says so.
 */
export function pastedLine(text: string, isAtBeginning: boolean): string {
  const safe = sanitise(text.replace(/\r\n?/g, '\n')).replace(/\n+$/, '')
  const line = safe.replaceAll(breakMark, markLookalike).replaceAll('\n', breakMark)
  return isAtBeginning && line.startsWith('/') ? `/${line}` : line
}

/** What a line that was edited says. */
export function textOfLine(line: string): string {
  return line.replaceAll(breakMark, '\n')
}
