/** A word of a command line as it stands there, and what it means. */
export interface Word {
  readonly raw: string
  readonly value: string
  /** The quote that is still open at its end. */
  readonly open: '"' | "'" | ''
}

/**
 * Splits the beginning of a command line as shells do, without expanding anything. The last word is the one
 * that is being typed, and may be empty.
 */
export function splitCommandLine(line: string): Word[] {
  const words: Word[] = []
  let raw = ''
  let value = ''
  let open: Word['open'] = ''
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at)
    const isEscape = character === '\\' && open !== "'"
    if (open === '' && /\s/.test(character)) {
      if (raw !== '') words.push({ raw, value, open })
      raw = ''
      value = ''
      continue
    }
    raw += character
    if (isEscape) {
      const next = line.charAt(at + 1)
      raw += next
      value += open === '"' && !/["\\$`]/.test(next) ? character + next : next
      at++
    } else if (open === '' && (character === '"' || character === "'")) open = character
    else if (character === open) open = ''
    else value += character
  }
  return [...words, { raw, value, open }]
}
