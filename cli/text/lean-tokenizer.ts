import { Tokenizer } from 'marked'

/**
 * marked's own tokenizer behind cheap questions. Each of its rules is a large regular expression,
 * which takes milliseconds to compile at its first use and is tried at every place of a text; most
 * places cannot begin what it looks for. What it finds is the same (a test compares them).
 */
export function createLeanTokenizer(): Tokenizer {
  const tokenizer = new Tokenizer()
  const ask = (rule: Rule, mayBegin: (source: string) => boolean): void => {
    const plain = tokenizer[rule].bind(tokenizer) as (...args: unknown[]) => undefined
    const lean = (source: string, ...rest: unknown[]): undefined =>
      mayBegin(source) ? plain(source, ...rest) : undefined
    Object.assign(tokenizer, { [rule]: lean })
  }
  ask('html', (source) => BRACKET.test(source))
  ask('blockquote', (source) => QUOTE.test(source))
  ask('heading', (source) => HASH.test(source))
  ask('hr', (source) => RULE.test(source))
  ask('fences', (source) => FENCE.test(source))
  ask('list', (source) => ITEM.test(source))
  ask('table', (source) => DELIMITER_ROW.test(source))
  ask('lheading', (source) => UNDERLINE.test(source.slice(0, endOfBlock(source))))
  ask('escape', (source) => source.startsWith('\\'))
  ask('tag', (source) => source.startsWith('<'))
  ask('autolink', (source) => source.startsWith('<'))
  ask('link', (source) => source.startsWith('[') || source.startsWith('!'))
  ask('codespan', (source) => source.startsWith('`'))
  ask('emStrong', (source) => source.startsWith('*') || source.startsWith('_'))
  ask('del', (source) => source.startsWith('~'))
  ask('url', (source) => ADDRESS.test(source))
  return tokenizer
}

type Rule = Block | Inline
type Block = 'html' | 'blockquote' | 'heading' | 'hr' | 'fences' | 'list' | 'table' | 'lheading'
type Inline = 'escape' | 'tag' | 'autolink' | 'link' | 'codespan' | 'emStrong' | 'del' | 'url'

const BRACKET = /^ {0,3}</
const QUOTE = /^ {0,3}>/
const HASH = /^ {0,3}#/
const RULE = /^ {0,3}[-_*]/
const FENCE = /^ {0,3}[`~]/
const ITEM = /^ {0,3}(?:[*+-]|\d)/
const DELIMITER_ROW = /^ *[^\n ].*\n {0,3}[|:-]/
const ADDRESS = /^(?:https?:|ftp:|www\.|mailto:|xmpp:)|^[a-z0-9._+-]+@/i
const UNDERLINE = /\n {0,3}(?:=|-)/

/** A setext heading ends before the first blank line. */
function endOfBlock(source: string): number {
  const end = source.search(/\n[ \t]*\n/)
  return end < 0 ? source.length : end + 1
}
