import type { Tokens } from 'marked'
import { awaitsHighlighter, createLineHighlighter, isHighlighterSettled } from './highlight.js'
import { type Context, withPrefix } from './markdown-context.js'
import { type Span, spansToAnsi } from './sgr.js'
import type { Theme } from './theme.js'
import { wrapSpans } from './wrap.js'

// As marked reads them, so that a fence taken line by line ends where marked ends it.
const OPENER = /^( {0,3})(`{3,}(?=[^`\n]*(?:\n|$))|~{3,})([^\n]*)(?:\n|$)/
const ANY_OPENER = /(?:`{3,}|~{3,})[ \t]*([^\s`~]+)/g
const INDENT = { first: '  ', sgr: '' }

/** An open code fence that takes its lines one by one. */
export type Fence = {
  /** True for the line that closes it. */
  closes(line: string): boolean
  push(line: string): Span[]
  /** What an unfinished line looks like by now. */
  peek(line: string): Span[]
}

/** Opens the fence that a source begins with; `length` is that of the opening line. */
export function openFence(
  source: string,
  theme: Theme,
): { fence: Fence; length: number } | undefined {
  const opener = OPENER.exec(source)
  if (!opener) return undefined
  const [{ length }, indent = '', marker = '', info = ''] = opener
  const closer = new RegExp(`^ {0,3}${marker}[~\`]* *$`)
  const highlighter = createLineHighlighter(info, theme)
  // A fence that is indented takes its indentation off its lines (marked: only one of backticks).
  const margin = marker.startsWith('`') ? indent.length : 0
  const dedent = (line: string) => line.replace(new RegExp(`^\\s{0,${margin}}`), '')
  const fence: Fence = {
    closes: (line) => closer.test(line),
    push: (line) => highlighter.push(dedent(line)),
    peek: (line) => highlighter.peek(dedent(line)),
  }
  return { fence, length }
}

/** A line of code as it is shown: indented, and cut where it is too long. */
export function codeLines(spans: readonly Span[], context: Context): string[] {
  return withPrefix(context, INDENT, ({ width }) =>
    wrapSpans(spans, width, { hard: true }).map(spansToAnsi),
  )
}

/** Draws a whole code block. */
export function renderCode(code: Tokens.Code, context: Context): string[] {
  const opened = code.codeBlockStyle === 'indented' ? undefined : openFence(code.raw, context.theme)
  if (!opened)
    return linesOf(code.text).flatMap((line) => codeLines(plainCode(line, context), context))
  const shown: string[] = []
  for (const line of linesOf(code.raw.slice(opened.length))) {
    if (opened.fence.closes(line)) break
    shown.push(...codeLines(opened.fence.push(line), context))
  }
  return shown
}

/** True when a source has code whose colours have to be waited for. */
export function hasAwaitedCode(source: string, theme: Theme): boolean {
  if (isHighlighterSettled(theme)) return false
  for (const [, info = ''] of source.matchAll(ANY_OPENER)) {
    if (awaitsHighlighter(info, theme)) return true
  }
  return false
}

function linesOf(text: string): string[] {
  if (text === '') return []
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
}

function plainCode(line: string, { theme }: Context): Span[] {
  return [{ text: line, sgr: theme.tokens.code }]
}
