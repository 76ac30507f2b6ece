// The only file that imports the highlighting packages (a megabyte of grammars); highlight.ts loads
// it when the first code block needs it.
import { highlight as highlightWhole } from 'cli-highlight'
import hljs from 'highlight.js'

/** Where the next line of a block goes on; only the engine looks inside. */
export type Continuation = ReturnType<typeof hljs.highlight>['top']

export type HighlightEngine = typeof engine

/** highlight.js 10 as cli-highlight brings it, and cli-highlight itself. */
export const engine = {
  supports(language: string): boolean {
    try {
      // A name such as `constructor` finds what every object has.
      const found: unknown = hljs.getLanguage(language)
      return typeof found === 'object' && found !== null && 'rawDefinition' in found
    } catch {
      return false
    }
  },

  /** One line (with its \n) in the state the line before left, as highlight.js's HTML. */
  line(
    language: string,
    code: string,
    before: Continuation,
  ): { html: string; after: Continuation } {
    const mode = before as Parameters<typeof hljs.highlight>[3]
    const result = hljs.highlight(language, code, true, mode)
    return { html: result.value, after: result.top }
  },

  /** A whole block by cli-highlight, quadratic in its length. */
  block: (
    language: string,
    code: string,
    theme: Record<string, (text: string) => string>,
  ): string => highlightWhole(code, { language, ignoreIllegals: true, theme }),
}

quietly(() => hljs.highlight('plaintext', '', true))

// Highlighting with a continuation exists only in the form that highlight.js 10.7 calls deprecated;
// it says so on the console, once. That once is here, where nobody sees it.
function quietly(task: () => void): void {
  const { console } = globalThis
  const log = console.log
  try {
    console.log = () => {}
    task()
  } finally {
    console.log = log
  }
}
