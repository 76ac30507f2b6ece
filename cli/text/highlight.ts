import type { Continuation, HighlightEngine } from './highlight-engine.js'
import { joinSgr, nestable, type Span } from './sgr.js'
import type { Theme } from './theme.js'

/** Highlights a block line by line; `peek` looks at an unfinished line without going on. */
export type LineHighlighter = {
  push(line: string): Span[]
  peek(line: string): Span[]
}

const PLAIN_NAMES = new Set(['', 'text', 'txt', 'plain', 'plaintext', 'output', 'none'])
const OTHER_NAMES: Readonly<Record<string, string>> = {
  jsonc: 'json',
  json5: 'json',
  shellsession: 'shell',
}
const TAG_OR_TEXT = /<span class="([^"]*)">|<\/span>|&(?:amp|lt|gt|quot|#x27);|[^<&]+|[<&]/g
const ENTITIES: Readonly<Record<string, string>> = {
  ...{ '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#x27;': "'" },
}
// A grammar may be slow on a minified line, and nobody reads its colours.
const LONGEST_LINE = 4_000

let engine: HighlightEngine | undefined
let loading: Promise<void> | undefined
let failed = false

/** Loads the highlighter, once. If it cannot be loaded, code stays plain: this never throws. */
export function loadHighlighter(): Promise<void> {
  loading ??= import('./highlight-engine.js').then(
    (module) => {
      engine = module.engine
    },
    () => {
      failed = true
    },
  )
  return loading
}

/** True when nothing can wait for the highlighter any more, or ever in this theme. */
export function isHighlighterSettled(theme: Theme): boolean {
  return engine !== undefined || failed || Object.keys(theme.syntax).length === 0
}

/** True when code in this language would get colours, but only after `loadHighlighter`. */
export function awaitsHighlighter(info: string, theme: Theme): boolean {
  return !isHighlighterSettled(theme) && !PLAIN_NAMES.has(languageOf(info))
}

/**
 * A highlighter for one block. A language that is unknown or absent, a theme without colours and a
 * highlighter not yet loaded give plain text; the language is never guessed.
 */
export function createLineHighlighter(info: string, theme: Theme): LineHighlighter {
  const base = theme.tokens.code
  const plain = (line: string): Span[] => [{ text: line, sgr: base }]
  const language = languageOf(info)
  if (!engine || !canColour(engine, language, theme)) return { push: plain, peek: plain }

  const { line: highlightLine } = engine
  let state: Continuation
  const run = (line: string) => {
    if (line.length > LONGEST_LINE) return { spans: plain(line), after: state }
    try {
      const { html, after } = highlightLine(language, `${line}\n`, state)
      return { spans: spansOf(html, theme), after }
    } catch {
      return { spans: plain(line), after: state }
    }
  }
  return {
    push(line) {
      const { spans, after } = run(line)
      state = after
      return spans
    },
    peek: (line) => run(line).spans,
  }
}

/** A whole block by cli-highlight in our theme, for documents that are painted once. */
export function highlightBlock(code: string, info: string, theme: Theme): string {
  const language = languageOf(info)
  if (!engine || !canColour(engine, language, theme)) return code
  try {
    return engine.block(language, code, styleFunctions(theme))
  } catch {
    return code
  }
}

function canColour(loaded: HighlightEngine, language: string, theme: Theme): boolean {
  if (PLAIN_NAMES.has(language) || Object.keys(theme.syntax).length === 0) return false
  return loaded.supports(language)
}

function languageOf(info: string): string {
  const name = /^[^\s{,:]*/.exec(info.trim())?.[0].toLowerCase() ?? ''
  return OTHER_NAMES[name] ?? name
}

// highlight.js writes nothing but spans and five entities. Each line is closed in itself.
function spansOf(html: string, theme: Theme): Span[] {
  const styles = [theme.tokens.code]
  const spans: Span[] = []
  for (const match of html.matchAll(TAG_OR_TEXT)) {
    const [found, className] = match
    const current = styles.at(-1) ?? ''
    if (className !== undefined) styles.push(joinSgr(current, styleOf(className, theme)))
    else if (found === '</span>') styles.pop()
    else spans.push({ text: (ENTITIES[found] ?? found).replace('\n', ''), sgr: current })
  }
  return spans
}

// The class is read as cli-highlight reads it: `hljs-selector-tag` is `selector`.
function styleOf(className: string, theme: Theme): string {
  const name = /hljs-(\w+)/.exec(className)?.[1]
  return (name && theme.syntax[name]) || ''
}

function styleFunctions(theme: Theme): Record<string, (text: string) => string> {
  const entries = Object.entries(theme.syntax).map(([name, sgr]) => [name, nestable(sgr)])
  return { ...Object.fromEntries(entries), default: nestable(theme.tokens.code) }
}
