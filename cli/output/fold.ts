import { textWidth } from '../text/width.js'

/**
 * A sentence in lines of at most `width` cells, broken at spaces; what is longer than a line stays
 * whole, so that a path or a command's word can be copied. Lines of its own stay apart.
 */
export function fold(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    const lines: string[] = []
    const text = line.trimStart()
    const [first = '', ...words] = text.split(' ')
    let last = line.slice(0, line.length - text.length) + first
    for (const word of words) {
      if (textWidth(last) + 1 + textWidth(word) > width) {
        lines.push(last)
        last = word
      } else last = `${last} ${word}`
    }
    return [...lines, last]
  })
}
