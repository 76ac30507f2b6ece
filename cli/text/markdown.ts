import type { Token, Tokens } from 'marked'
import { lexMarkdown } from './lex.js'
import { renderCode } from './markdown-code.js'
import { type Context, withPrefix } from './markdown-context.js'
import { inlineSpans } from './markdown-inline.js'
import { renderList } from './markdown-list.js'
import { renderTable } from './markdown-table.js'
import { sanitise } from './sanitise.js'
import { joinSgr, type Span, spansToAnsi, styled } from './sgr.js'
import type { Theme } from './theme.js'
import { wrapSpans } from './wrap.js'

export type RenderOptions = {
  readonly width: number
  readonly theme: Theme
  /** A style under all of it, e.g. dim. */
  readonly sgr?: string
}

const NARROWEST = 8
/** Prose is not made wider than this; code and tables are. */
const WIDEST_PROSE = 110

/**
 * Renders a whole Markdown document as lines of at most `width` cells (8 at least), each with its
 * SGR closed. The text may come from anywhere: it is sanitised here. Code has colours when
 * `loadHighlighter` has finished.
 */
export function renderMarkdown(markdown: string, options: RenderOptions): string[] {
  return renderBlocks(lexMarkdown(sanitise(markdown)), createContext(options), true)
}

/** The context of a document's top level. */
export function createContext({ width: wanted, theme, sgr = '' }: RenderOptions): Context {
  const width = Math.max(NARROWEST, Math.floor(wanted))
  return { width, prose: Math.min(width, WIDEST_PROSE), theme, sgr, blocks: renderBlocks }
}

/**
 * Draws blocks one under the other: with a blank line between any two if `loose`, else where the
 * source has one.
 */
function renderBlocks(tokens: readonly Token[], context: Context, loose: boolean): string[] {
  const lines: string[] = []
  let gap = false
  for (const token of tokens) {
    if (token.type === 'space') {
      gap = true
      continue
    }
    const block = renderBlock(token, context)
    if (block.length === 0) continue
    if (lines.length > 0 && (loose || gap)) lines.push('')
    for (const line of block) lines.push(line)
    gap = /\n[ \t]*\n$/.test(token.raw)
  }
  return lines
}

/** Draws one block; a block that shows nothing has no lines. */
export function renderBlock(token: Token, context: Context): string[] {
  const { theme, sgr } = context
  switch (token.type) {
    case 'space':
      return []
    case 'heading':
      return renderHeading(token as Tokens.Heading, context)
    case 'code':
      return renderCode(token as Tokens.Code, context)
    case 'list':
      return renderList(token as Tokens.List, context)
    case 'table':
      return renderTable(token as Tokens.Table, context)
    case 'blockquote':
      return renderQuote(token as Tokens.Blockquote, context)
    case 'hr':
      return [styled(theme.glyphs.rule.repeat(context.prose), theme.tokens.rule)]
    case 'html':
      return wrapped([{ text: token.raw.trimEnd(), sgr: joinSgr(sgr, theme.tokens.html) }], context)
    default:
      return wrapped(paragraphSpans(token, context), context)
  }
}

function renderHeading(heading: Tokens.Heading, context: Context): string[] {
  const { title, heading: other } = context.theme.tokens
  const sgr = joinSgr(context.sgr, heading.depth === 1 ? title : other)
  const mark = { text: `${'#'.repeat(heading.depth)} `, sgr }
  return wrapped([mark, ...inlineSpans(heading.tokens, context.theme, sgr)], context)
}

function renderQuote(quote: Tokens.Blockquote, context: Context): string[] {
  const { glyphs, tokens } = context.theme
  const bar = `${glyphs.quoteBar} `
  const within = { ...context, sgr: joinSgr(context.sgr, tokens.quote) }
  return withPrefix(within, { first: bar, rest: bar, sgr: tokens.quoteBar }, (inner) =>
    renderBlocks(quote.tokens, inner, true),
  )
}

function paragraphSpans(token: Token, { theme, sgr }: Context): Span[] {
  return inlineSpans('tokens' in token && token.tokens ? token.tokens : [token], theme, sgr)
}

function wrapped(spans: readonly Span[], { prose }: Context): string[] {
  return wrapSpans(spans, prose).map(spansToAnsi)
}
