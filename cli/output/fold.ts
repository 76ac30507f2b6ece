/**
 * A sentence in lines of at most `width` UTF-16 units, broken at spaces; what is longer than a line stays
 * whole, so that a path or a command's word can be copied. Lines of its own stay apart.
 */
export function fold(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    const lines: string[] = []
    let last = ''
    for (const word of line.split(' ')) {
      if (last !== '' && last.length + 1 + word.length > width) {
        lines.push(last)
        last = word
      } else last = last === '' ? word : `${last} ${word}`
    }
    return [...lines, last]
  })
}
