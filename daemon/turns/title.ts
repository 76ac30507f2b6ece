/** Code points. */
const longest = 60
/** So much of a message is looked at, UTF-16 units; one may have megabytes. */
const beginning = 700
const longestWord = 500

/** What begins a line of Markdown: headings, quotes, items of lists, and the fences of code. */
const lineMark = /^(?:#{1,6}|>+|[-*+]|\d{1,3}[.)]|`{3,}\S*|~{3,}\S*)$/

/** The first 60 code points of the user's own words, without Markdown's marks, white space collapsed. */
export function titleOf(message: string): string {
  const words = firstWords(message)
  const plain = withoutInline(withoutLineMarks(words))
  const title = plain === '' ? words.map(({ word }) => word).join(' ') : plain
  return [...title].slice(0, longest).join('').trim()
}

interface Word {
  readonly word: string
  readonly startsLine: boolean
}

function firstWords(message: string): Word[] {
  const words: Word[] = []
  let length = 0
  let end = 0
  for (const { 0: found, index } of message.matchAll(/\S+/gu)) {
    const startsLine = words.length === 0 || /[\r\n]/.test(message.slice(end, index))
    const word = found.slice(0, longestWord)
    words.push({ word, startsLine })
    length += word.length + 1
    end = index + found.length
    if (length > beginning) break
  }
  return words
}

function withoutLineMarks(words: readonly Word[]): string {
  let atStart = false
  const kept = words.filter(({ word, startsLine }) => {
    atStart ||= startsLine
    if (atStart && lineMark.test(word)) return false
    atStart = false
    return true
  })
  return kept.map(({ word }) => word).join(' ')
}

const link = /!?\[([^\][]*)\]\((?:[^()\s]|\([^()\s]*\))*\)/gu
const code = /(`+) ?([^`]+?) ?\1(?!`)/gu
const strike = /~~(?=\S)([^~]+?)(?<=\S)~~/gu
// Neither 2*3*4 nor a_b, and names such as __init__.py stay, too.
const stars = /(?<![\p{L}\p{N}*])(\*{1,3})(?=[^\s*])([^*]+?)(?<=[^\s*])\1(?![\p{L}\p{N}*])/gu
const lines =
  /(?<![\p{L}\p{N}_])(_{1,3})(?=[^\s_])([^_]+?)(?<=[^\s_])\1(?![\p{L}\p{N}_]|\.[\p{L}\p{N}])/gu

function withoutInline(text: string): string {
  const once = (one: string): string => one.replace(stars, '$2').replace(lines, '$2')
  // Twice, for what is within another.
  return once(once(text.replace(link, '$1').replace(strike, '$1').replace(code, '$2'))).trim()
}
