import type { Token } from 'marked'
import { styled } from './sgr.js'
import type { Theme } from './theme.js'
import { textWidth } from './width.js'

/** What a block needs to be drawn. */
export type Context = {
  /** For code and tables. */
  readonly width: number
  /** For text to be read, whose lines must not become too long on a wide terminal. */
  readonly prose: number
  readonly theme: Theme
  /** The style around the block, such as a quote's. */
  readonly sgr: string
  /** Draws the blocks inside a block; `loose` puts a blank line between any two. */
  readonly blocks: (tokens: readonly Token[], context: Context, loose: boolean) => string[]
}

// Nested blocks stop moving right when this little would be left.
const NARROWEST = 6

/**
 * Draws something with a prefix: `first` on its first line, as many spaces (or `rest`) on the
 * others. Where the width is too small for that, without.
 */
export function withPrefix(
  context: Context,
  prefix: { first: string; rest?: string; sgr: string },
  draw: (inner: Context) => string[],
): string[] {
  const taken = textWidth(prefix.first)
  if (context.prose - taken < NARROWEST) return draw(context)
  const { width, prose } = context
  const lines = draw({ ...context, width: width - taken, prose: prose - taken })
  const first = styled(prefix.first, prefix.sgr)
  const rest = prefix.rest === undefined ? ' '.repeat(taken) : styled(prefix.rest, prefix.sgr)
  if (lines.length === 0) return [first]
  return lines.map((line, index) => prefixLine(index === 0 ? first : rest, line))
}

function prefixLine(prefix: string, line: string): string {
  return line === '' && prefix.trim() === '' ? '' : prefix + line
}
