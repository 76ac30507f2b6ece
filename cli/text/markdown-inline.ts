import type { Token, Tokens } from 'marked'
import { decodeEntities } from './entities.js'
import { type SafeText, sanitiseLine } from './sanitise.js'
import { joinSgr, type Span } from './sgr.js'
import type { Theme } from './theme.js'

const LINE_BREAK_TAG = /^<br\s*\/?>$/i
const SPACE_AT_BREAK = /[ \t]*\n[ \t]*/g

/** The spans of inline tokens, drawn over the style `sgr`. Line breaks of the source stay. */
export function inlineSpans(tokens: readonly Token[], theme: Theme, sgr: string): Span[] {
  const spans = tokens.flatMap((token) => spansOf(token, theme, sgr))
  return spans.map((span, index) =>
    spans[index - 1]?.text === '\n' ? { ...span, text: span.text.trimStart() } : span,
  )
}

/** The address of a link as it is shown: whole, decoded, on one line. */
export function shownAddress(link: { href: string; autolink?: boolean }): SafeText {
  const address = sanitiseLine(link.href)
  return link.autolink ? address : decodeEntities(address)
}

/** What stands for an image. */
export function imageText(image: { href: string; text: string }): string {
  const alt = decodeEntities(sanitiseLine(image.text))
  return `[image${alt ? `: ${alt}` : ''}] (${shownAddress(image)})`
}

/** True when the text of a link already is its address. */
export function isOwnAddress(label: string, address: string): boolean {
  return ['', 'mailto:', 'http://', 'https://'].some((scheme) => `${scheme}${label}` === address)
}

function spansOf(token: Token, theme: Theme, sgr: string): Span[] {
  const under = (style: string) => joinSgr(sgr, style)
  const nested = (style: string) => inlineSpans(childrenOf(token) ?? [], theme, under(style))
  switch (token.type) {
    case 'strong':
      return nested(theme.tokens.strong)
    case 'em':
      return nested(theme.tokens.em)
    case 'del':
      return nested(theme.tokens.del)
    case 'codespan':
      return [{ text: token.text, sgr: under(theme.tokens.codespan) }]
    case 'br':
      return [{ text: '\n', sgr }]
    case 'link':
      return linkSpans(token as Tokens.Link, theme, sgr)
    case 'image':
      return [{ text: imageText(token as Tokens.Image), sgr: under(theme.tokens.url) }]
    case 'html':
      if (LINE_BREAK_TAG.test(token.raw)) return [{ text: '\n', sgr }]
      return [{ text: token.raw, sgr: under(theme.tokens.html) }]
    case 'checkbox':
      return []
    case 'escape':
      return [{ text: token.text, sgr }]
    default: {
      const children = childrenOf(token)
      return children ? inlineSpans(children, theme, sgr) : [{ text: textOf(token), sgr }]
    }
  }
}

function linkSpans(link: Tokens.Link, theme: Theme, sgr: string): Span[] {
  const style = joinSgr(sgr, theme.tokens.link)
  const address = shownAddress(link)
  if (link.autolink) return [{ text: sanitiseLine(link.text), sgr: style }]
  const label = inlineSpans(link.tokens, theme, style)
  if (isOwnAddress(label.map((span) => span.text).join(''), address)) return label
  return [...label, { text: ` (${address})`, sgr: joinSgr(sgr, theme.tokens.url) }]
}

function childrenOf(token: Token): Token[] | undefined {
  return 'tokens' in token ? token.tokens : undefined
}

// The raw text: marked decodes numeric references by itself, and what they give has to be made safe.
// What the lexer slices out of sanitised text is safe.
function textOf(token: Token): string {
  return decodeEntities(token.raw.replace(SPACE_AT_BREAK, '\n') as SafeText)
}
