import type { Token, Tokens } from 'marked'
import { lexMarkdown } from './lex.js'
import { renderBlock } from './markdown.js'
import { codeLines, type Fence } from './markdown-code.js'
import type { Context } from './markdown-context.js'
import { renderList } from './markdown-list.js'
import type { SafeText } from './sanitise.js'
import type { OpenTable } from './stream-table.js'
import { wrapAnsi } from './wrap.js'

/** What the source that is left begins with: blocks, or the rest of one block. */
export type Mode =
  | { readonly kind: 'blocks' }
  | { readonly kind: 'list'; readonly next: number; readonly gap: boolean }
  | { readonly kind: 'fence'; readonly fence: Fence; readonly hasLines: boolean }
  | { readonly kind: 'table'; readonly table: OpenTable }

/** A stream between two deltas. */
export type StreamState = {
  context: Context
  mode: Mode
  /** What has not been given out as lines. */
  source: SafeText
  /** Length of what was taken off the source so far. */
  consumed: number
  /** How much of the source was looked at, and found unfinished. */
  looked: number
  /** True when lines have been given out, so that the next block needs a blank line before it. */
  begun: boolean
}

export const BLOCKS: Mode = { kind: 'blocks' }

const CLOSING_FENCE = /^ {0,3}[`~]+ *$/

/** Takes the beginning off the source. */
export function consume(state: StreamState, length: number): void {
  state.source = state.source.slice(length) as SafeText
  state.consumed += length
  state.looked = 0
}

/** Gives out lines of a block that begins or, if `goesOn`, of one that was begun. */
export function emit(
  state: StreamState,
  lines: readonly string[],
  out: string[],
  goesOn: boolean,
): void {
  if (lines.length === 0) return
  if (state.begun && !goesOn) out.push('')
  for (const line of lines) out.push(line)
  state.begun = true
}

/** Gives out a block; in list mode it is the list that goes on, and the mode ends. */
export function emitBlock(state: StreamState, token: Token, out: string[]): void {
  if (token.type === 'space') return
  if (state.mode.kind !== 'list') {
    emit(state, renderBlock(token, state.context), out, false)
    return
  }
  const lines = renderList(token as Tokens.List, state.context, state.mode.next)
  emit(state, state.mode.gap ? ['', ...lines] : lines, out, true)
  state.mode = BLOCKS
}

/** Gives out a line of the open fence. */
export function emitCode(state: StreamState, fence: Fence, line: string, out: string[]): void {
  const hasLines = state.mode.kind === 'fence' && state.mode.hasLines
  emit(state, codeLines(fence.push(line), state.context), out, hasLines)
  state.mode = { kind: 'fence', fence, hasLines: true }
}

/**
 * Draws all that is left, and leaves the state as it is: as it has to be when the text has ended,
 * or, for a frame in between, without what looks like the beginning of a fence's end.
 */
export function drawRest({ ...state }: StreamState, hasEnded: boolean): string[] {
  const out: string[] = []
  if (state.source === '') return out
  if (state.mode.kind === 'fence') {
    const { fence, hasLines } = state.mode
    if (hasEnded ? fence.closes(state.source) : CLOSING_FENCE.test(state.source)) return out
    emit(state, codeLines(fence.peek(state.source), state.context), out, hasLines)
    return out
  }
  if (state.mode.kind === 'table') {
    const lines = state.mode.table.peek(state.source, state.context)
    if (lines) return lines
    state.mode = BLOCKS
  }
  for (const token of lexMarkdown(state.source)) emitBlock(state, token, out)
  return out
}

// A block longer than this is drawn anew only when it has grown by an eighth; until then what was
// added is shown as plain text under it.
const LONG_BLOCK = 8_192
const GROWTH = 9 / 8

/** True when a long source has grown too little since `length` to be worth another look. */
export function isTooSoon(now: number, length: number): boolean {
  return length > 0 && now > LONG_BLOCK && now < length * GROWTH
}

/** `drawRest` for every frame: its cost does not grow with the square of a long block. */
export function createTail(): (state: StreamState) => string[] {
  // Lines for the first `length` units of the source, of which `drawnLength` are properly drawn.
  let last = { consumed: -1, context: undefined as unknown, drawnLength: 0, length: 0, lines: [''] }
  return (state) => {
    const { source, context, consumed } = state
    const isSame = last.context === context && last.consumed === consumed
    if (isSame && last.length === source.length) return [...last.lines]
    if (isSame && isTooSoon(source.length, last.drawnLength)) {
      const line = (last.lines.pop() ?? '') + source.slice(last.length)
      for (const wrapped of wrapAnsi(line, context.prose)) last.lines.push(wrapped)
      last.length = source.length
      return [...last.lines]
    }
    const { length } = source
    last = { consumed, context, drawnLength: length, length, lines: drawRest(state, false) }
    return [...last.lines]
  }
}
