import { Lexer, type Token, Tokenizer } from 'marked'
import type { SafeText } from './sanitise.js'

// marked recurses once a level of quotes and lists; far beyond what anybody writes, hostile text
// could exhaust the stack or cost minutes.
const DEEPEST = 60
const MARKERS = /^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))*/gm

/**
 * Lexes Markdown (GFM) into block tokens with their inline tokens. Link definitions are left as
 * text: an answer that streams cannot know a definition that comes later, and shown as text its
 * address is never lost.
 */
export function lexMarkdown(source: SafeText): Token[] {
  if (isTooDeep(source)) return [plainBlock(source)]
  const tokenizer = new Tokenizer()
  tokenizer.def = () => undefined
  try {
    return new Lexer({ gfm: true, tokenizer }).lex(source)
  } catch {
    return [plainBlock(source)]
  }
}

function isTooDeep(source: string): boolean {
  for (const [markers] of source.matchAll(MARKERS)) {
    if (markers.length > DEEPEST && markers.replace(/[ \t\d]/g, '').length > DEEPEST) return true
  }
  return false
}

function plainBlock(source: string): Token {
  return { type: 'text', raw: source, text: source }
}
