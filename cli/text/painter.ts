import { Marked, type MarkedExtension, Parser } from 'marked'
import { decodeEntities } from './entities.js'
import { highlightBlock, loadHighlighter } from './highlight.js'
import { lexMarkdown } from './lex.js'
import { createContext, type RenderOptions } from './markdown.js'
import { imageText, isOwnAddress, shownAddress } from './markdown-inline.js'
import { firstNumber, hasGapAfter, markerOf } from './markdown-list.js'
import { renderTable } from './markdown-table.js'
import { type SafeText, sanitise } from './sanitise.js'
import { nestable, parseAnsi, type Span, spansToAnsi } from './sgr.js'
import { paintToken, type Theme } from './theme.js'
import { stripSgr, textWidth } from './width.js'
import { wrapAnsi, wrapSpans } from './wrap.js'

const TAB = 2
const LINE_BREAK_TAG = /^<br\s*\/?>$/i
const HANGING = /^ *(?:(?:[*•☐☑]|\[[ x]\]|\d+\.) +)*/

/**
 * Paints a whole document with marked-terminal, for what is shown once and complete (exports,
 * help). The visible text is that of `renderMarkdown`, except for the blank lines between blocks,
 * and quotes, which marked-terminal indents without a bar.
 */
export async function paint(markdown: string, options: RenderOptions): Promise<string[]> {
  const [{ markedTerminal }] = await Promise.all([import('marked-terminal'), loadHighlighter()])
  const { width } = createContext(options)
  const marked = new Marked(
    markedTerminal({ ...styles(options.theme), tab: TAB, emoji: false, unescape: false }),
    { renderer: corrections({ ...options, width }) },
  )
  const painted = Parser.parse(lexMarkdown(sanitise(markdown)), marked.defaults)
  return fitLines(painted.replace(/^\n+|\s+$/g, ''), width)
}

function styles({ tokens }: Theme) {
  const plain = (text: string) => text
  return {
    ...{ code: nestable(tokens.code), html: nestable(tokens.html), hr: nestable(tokens.rule) },
    ...{ firstHeading: nestable(tokens.title), heading: nestable(tokens.heading) },
    ...{ strong: nestable(tokens.strong), em: nestable(tokens.em), del: nestable(tokens.del) },
    ...{ codespan: nestable(tokens.codespan), link: nestable(tokens.link), href: plain },
    ...{ blockquote: nestable(tokens.quote), listitem: plain, paragraph: plain, table: plain },
  }
}

// marked 13 and later give list items tokens that marked-terminal 7.3 prints raw, numbers wrongly
// and gives two checkboxes or none (`text`, `list`). The others: no guess at colours from
// process.env, no OSC 8, no message on the console about a language, and a width that is ours.
function corrections(options: RenderOptions): NonNullable<MarkedExtension['renderer']> {
  const { theme, width } = options
  return {
    text(token) {
      if ('tokens' in token && token.tokens) return this.parser.parseInline(token.tokens)
      return token.type === 'escape' ? token.text : decodeEntities(token.raw as SafeText)
    },
    list(list) {
      const items = list.items.map((item, index) => {
        const marker = markerOf(list, item, firstNumber(list) + index, theme)
        const blocks = item.tokens.filter(
          (token) => token.type !== 'checkbox' && token.type !== 'space',
        )
        const body = blocks.map((token) => this.parser.parse([token]).trimEnd()).join('\n')
        const hung = body.replaceAll(/\n(?=.)/g, `\n${' '.repeat(textWidth(marker))}`)
        return paintToken(theme, 'bullet', marker) + hung + (hasGapAfter(item) ? '\n' : '')
      })
      return section(items.join('\n'))
    },
    checkbox: () => '',
    code({ text, lang }) {
      const lines = wrapAnsi(highlightBlock(text, lang ?? '', theme), width - TAB, { hard: true })
      return section(lines.map((line) => ' '.repeat(TAB) + line).join('\n'))
    },
    table: (table) => section(renderTable(table, createContext(options)).join('\n')),
    hr: () => section(paintToken(theme, 'rule', theme.glyphs.rule.repeat(width))),
    html(html) {
      if (LINE_BREAK_TAG.test(html.raw)) return '\n'
      const shown = paintToken(theme, 'html', html.raw.trimEnd())
      return 'block' in html && html.block ? section(shown) : shown
    },
    image: (image) => paintToken(theme, 'url', imageText(image)),
    link(link) {
      const address = shownAddress(link)
      const label = this.parser.parseInline(link.tokens)
      const shown = nestable(theme.tokens.link)(label)
      if (isOwnAddress(stripSgr(label), address)) return shown
      return shown + paintToken(theme, 'url', ` (${address})`)
    },
  }
}

function section(text: string): string {
  return `${text}\n\n`
}

// marked-terminal breaks lines by UTF-16 units, if at all: lines that are too long are broken here,
// under the text they belong to.
function fitLines(painted: string, width: number): string[] {
  return wrapSpans(parseAnsi(painted), Number.POSITIVE_INFINITY, { hard: true }).flatMap((line) => {
    const text = line.map((span) => span.text).join('')
    if (textWidth(text) <= width) return spansToAnsi(line).trimEnd()
    const taken = HANGING.exec(text)?.[0].length ?? 0
    const indent = width - taken < width / 2 ? 0 : taken
    const lead = indent > 0 ? text.slice(0, indent) : ''
    return wrapSpans(withoutStart(line, indent), width - indent).map(
      (spans, index) => (index === 0 ? lead : ' '.repeat(indent)) + spansToAnsi(spans),
    )
  })
}

function withoutStart(spans: readonly Span[], length: number): Span[] {
  let left = length
  return spans.map((span) => {
    const dropped = Math.min(left, span.text.length)
    left -= dropped
    return { ...span, text: span.text.slice(dropped) }
  })
}
