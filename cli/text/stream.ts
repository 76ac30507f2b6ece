import type { Token, Tokens } from 'marked'
import { loadHighlighter } from './highlight.js'
import { lexMarkdown } from './lex.js'
import { createContext, type RenderOptions } from './markdown.js'
import { type Fence, hasAwaitedCode, openFence } from './markdown-code.js'
import { firstNumber, hasGapAfter } from './markdown-list.js'
import { SAMPLE_ROWS } from './markdown-table.js'
import { type SafeText, sanitise, takeWhole } from './sanitise.js'
import {
  BLOCKS,
  consume,
  createTail,
  drawRest,
  emit,
  emitBlock,
  emitCode,
  isTooSoon,
  type StreamState,
} from './stream-state.js'
import { createOpenTable, type OpenTable } from './stream-table.js'

export type StreamOptions = RenderOptions & {
  /** Called when the colours of code that was held back have been loaded: time to draw again. */
  onReady?: () => void
}

/**
 * Renders a document that is still being written. Lines are given out once, when nothing that may
 * follow can change them: the lines of all `push` and of `end` are those of `renderMarkdown`.
 */
export type MarkdownStream = {
  /** Takes a delta, which may be empty; gives the lines that are final now. */
  push(delta: string): string[]
  /** What the rest looks like by now. */
  tail(): string[]
  /** Gives the last lines. */
  end(): string[]
  /** Draws at another width from here on. */
  resize(width: number): void
  /** While code is held back for its colours: resolves when they have come. */
  waiting(): Promise<void> | undefined
  /** The source of what was not given out; after an error of `push` or `end`, with what they took. */
  rest(): string
}

// A blank line ends these for good; for others (a list, a quote) it does not, or marked is not sure.
const CLOSED_BY_BLANK = new Set(['paragraph', 'table'])
const CLOSED_BY_THEMSELVES = new Set(['heading', 'hr'])
const BLANK_END = /\n[ \t]*\n$/

/** Makes a stream. Deltas are sanitised here. What is final is decided on complete lines only. */
export function createMarkdownStream(options: StreamOptions): MarkdownStream {
  const state: StreamState = {
    context: createContext(options),
    mode: BLOCKS,
    source: '' as SafeText,
    consumed: 0,
    looked: 0,
    begun: false,
  }
  const tail = createTail()
  let held = ''
  let loading: Promise<void> | undefined

  const take = (text: string) => {
    state.source = (state.source + sanitise(text)) as SafeText
    const out: string[] = []
    while (!waitsForColours() && step(state, out)) {}
    return out
  }
  // What an error keeps from being given out counts as not taken.
  const whole = (text: string, draw: () => string[]) => {
    const before = { ...state }
    try {
      return draw()
    } catch (error) {
      Object.assign(state, before, { source: before.source + sanitise(text) })
      throw error
    }
  }
  const waitsForColours = () => {
    if (!hasAwaitedCode(state.source, state.context.theme)) return false
    loading ??= loadHighlighter().then(() => {
      loading = undefined
      options.onReady?.()
    })
    return true
  }
  return {
    push(delta) {
      const { ready, held: rest } = takeWhole(held + delta)
      held = rest
      return whole(ready, () => take(ready))
    },
    tail: () => tail(state),
    end() {
      const last = held
      held = ''
      return whole(last, () => {
        const out = take(last)
        for (const line of drawRest(state, true)) out.push(line)
        consume(state, state.source.length)
        return out
      })
    },
    resize(width) {
      state.context = createContext({ ...options, width })
    },
    waiting: () => loading,
    rest: () => state.source + held,
  }
}

// Each step takes something off the source; false means that more text is needed.
function step(state: StreamState, out: string[]): boolean {
  const end = state.source.lastIndexOf('\n') + 1
  if (end === 0) return false
  switch (state.mode.kind) {
    case 'fence':
      return stepFence(state, state.mode.fence, out)
    case 'table':
      return stepTable(state, state.mode.table, out)
    case 'blocks':
    case 'list':
      return stepBlocks(state, state.source.slice(0, end) as SafeText, out)
    default:
      return state.mode satisfies never
  }
}

function stepFence(state: StreamState, fence: Fence, out: string[]): boolean {
  const end = state.source.indexOf('\n')
  const line = state.source.slice(0, end)
  consume(state, end + 1)
  if (fence.closes(line)) state.mode = BLOCKS
  else emitCode(state, fence, line, out)
  return true
}

function stepTable(state: StreamState, table: OpenTable, out: string[]): boolean {
  const end = state.source.indexOf('\n') + 1
  const lines = table.take(state.source.slice(0, end) as SafeText, state.context)
  if (lines) {
    emit(state, lines, out, true)
    consume(state, end)
  } else state.mode = BLOCKS
  return true
}

function stepBlocks(state: StreamState, complete: SafeText, out: string[]): boolean {
  if (complete.length === state.looked || isTooSoon(complete.length, state.looked)) return false
  const opened = state.mode.kind === 'blocks' && openFence(complete, state.context.theme)
  if (opened) {
    state.mode = { kind: 'fence', fence: opened.fence, hasLines: false }
    consume(state, opened.length)
    return true
  }
  state.looked = complete.length
  const tokens = lexMarkdown(complete)
  const finished = tokens.slice(0, countFinished(tokens))
  if (finished.length > 0) return freezeBlocks(state, finished, out)
  const [open] = tokens
  if (open?.type === 'list') return freezeItems(state, open as Tokens.List, out)
  if (open?.type === 'table') return freezeRows(state, open as Tokens.Table, out)
  return false
}

function freezeBlocks(state: StreamState, finished: readonly Token[], out: string[]): boolean {
  const length = rawLength(finished, state.source)
  if (length === undefined) return false
  for (const token of finished) emitBlock(state, token, out)
  consume(state, length)
  return true
}

// An item is final when the next one has begun.
function freezeItems(state: StreamState, list: Tokens.List, out: string[]): boolean {
  const items = list.items.slice(0, -1)
  const last = items.at(-1)
  const length = rawLength(items, state.source)
  if (!last || length === undefined) return false
  const start = state.mode.kind === 'list' ? state.mode.next : firstNumber(list)
  emitBlock(state, { ...list, items }, out)
  state.mode = { kind: 'list', next: start + items.length, gap: hasGapAfter(last) }
  consume(state, length)
  return true
}

// Rows are final when there are enough of them to decide the columns.
function freezeRows(state: StreamState, table: Tokens.Table, out: string[]): boolean {
  const length = rawLength([table], state.source)
  if (table.rows.length < SAMPLE_ROWS || length === undefined) return false
  emitBlock(state, table, out)
  state.mode = { kind: 'table', table: createOpenTable(table) }
  consume(state, length)
  return true
}

function countFinished(tokens: readonly Token[]): number {
  const last = tokens.findLastIndex((token) => token.type !== 'space')
  const token = tokens[last]
  if (!token || CLOSED_BY_THEMSELVES.has(token.type)) return tokens.length
  const hasBlank = last < tokens.length - 1 || BLANK_END.test(token.raw)
  return hasBlank && CLOSED_BY_BLANK.has(token.type) ? tokens.length : last
}

// marked rewrites a few odd sources (tabs in quotes); those are taken off only as a whole, at the end.
function rawLength(tokens: readonly { raw: string }[], source: string): number | undefined {
  const raw = tokens.map((token) => token.raw).join('')
  return raw !== '' && source.startsWith(raw) ? raw.length : undefined
}
