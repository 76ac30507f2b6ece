import type { Token } from 'marked'
import { lexMarkdown } from './lex.js'
import { sanitise } from './sanitise.js'

export interface CodeBlock {
  /** As its fence names it; empty where it does not. */
  readonly lang: string
  readonly text: string
}

/** The code blocks of a Markdown text in order, those in lists and quotes, too, as they are shown. */
export function codeBlocksOf(markdown: string): CodeBlock[] {
  return lexMarkdown(sanitise(markdown)).flatMap(blocksIn)
}

function blocksIn(token: Token): CodeBlock[] {
  if (token.type === 'code') {
    const [lang = ''] = (token['lang'] ?? '').split(/\s/)
    return [{ lang, text: token['text'] }]
  }
  const { items, tokens } = token as { items?: Token[]; tokens?: Token[] }
  return (items ?? tokens ?? []).flatMap(blocksIn)
}
