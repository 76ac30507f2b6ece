import { Lexer, type Token, type TokensList } from 'marked'
import { createLeanTokenizer } from './lean-tokenizer.js'
import type { SafeText } from './sanitise.js'
import { DEEPEST, isTooDeep } from './too-deep.js'

// What may begin or end emphasis or a link: neither between two spaces nor within snake_case.
const DELIMITER = /(?<![\p{L}\p{N}_])_+|_+(?![\p{L}\p{N}_])|[*~]+(?=[^\s*~])|(?<=[^\s*~])[*~]+|\[/gu
// marked looks for the end of each of them, up to the end of the text.
const MOST_DELIMITERS = 400
const MOST_WORK = 4_000_000
const DEEPEST_INLINE = 12

/**
 * Lexes Markdown (GFM) into block tokens with their inline tokens. Link definitions are left as
 * text: an answer that streams cannot know a definition that comes later, and shown as text its
 * address is never lost. What nobody writes and marked takes too long for is left as text, too.
 */
export function lexMarkdown(source: SafeText): Token[] {
  if (isTooDeep(source)) return [plainText(source)]
  const tokenizer = createLeanTokenizer()
  tokenizer.def = () => undefined
  try {
    return new GuardedLexer({ gfm: true, tokenizer }).lex(source)
  } catch {
    return [plainText(source)]
  }
}

// marked has no other place to hold its recursion.
class GuardedLexer extends Lexer {
  #depth = 0
  #inlineDepth = 0

  override blockTokens(source: string, tokens?: Token[], clipped?: boolean): Token[]
  override blockTokens(source: string, tokens?: TokensList, clipped?: boolean): TokensList
  override blockTokens(source: string, tokens: Token[] = [], clipped?: boolean): Token[] {
    if (this.#depth > DEEPEST) {
      if (source !== '') tokens.push(plainText(source))
      return tokens
    }
    this.#depth++
    try {
      return super.blockTokens(source, tokens, clipped)
    } finally {
      this.#depth--
    }
  }

  override inlineTokens(source: string, tokens: Token[] = []): Token[] {
    if (this.#inlineDepth > DEEPEST_INLINE || hasTooManyDelimiters(source)) {
      tokens.push(plainText(source))
      return tokens
    }
    this.#inlineDepth++
    try {
      return super.inlineTokens(source, tokens)
    } finally {
      this.#inlineDepth--
    }
  }
}

function hasTooManyDelimiters(source: string): boolean {
  const most = Math.min(MOST_DELIMITERS, MOST_WORK / source.length)
  if (source.length <= most) return false
  let count = 0
  for (const _ of source.matchAll(DELIMITER)) if (++count > most) return true
  return false
}

function plainText(source: string): Token {
  return { type: 'text', raw: source, text: source }
}
