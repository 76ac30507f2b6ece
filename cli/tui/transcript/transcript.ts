import type { TurnEvent, TurnOutcome } from '../../../shared/contract/event.js'
import { loadHighlighter } from '../../text/highlight.js'
import type { Theme } from '../../text/theme.js'
import type { Block, Lines, Look } from './block.js'
import { cutLine, type Drawing, isSameDrawing, isSameLines } from './drawing.js'
import { type Entry, idOf, isShown, type MessageEntry } from './entry.js'
import { createLiveTurn, type LiveStatus, type LiveTurn } from './live-turn.js'
import { createMarking, type Mark, type Marking } from './marked.js'
import { type Body, createMessageBlock } from './message-block.js'
import { createNoticeBlock } from './notice-block.js'
import type { Column } from './position.js'
import { createWindow, type Remap } from './window.js'

export interface TranscriptOptions {
  /** Cells, 2 at least. */
  readonly width: number
  readonly height: number
  readonly theme: Theme
  /** The key that calls `toggleReasoning`, for the hint beside the reasoning; none, no hint. */
  readonly reasoningKey?: string
  /** The keys that have the last message answered again, for the hint under an answer that broke. */
  readonly retryKeys?: string
  /** ms since the epoch. */
  now(): number
  /** Colours of code have been loaded: draw again. */
  onChange(): void
}

/** The messages of a session and the answer that is coming, as lines in a window. */
export interface Transcript {
  /** Shows these entries, at the tail; a turn that was shown is gone. */
  open(entries: readonly Entry[]): void
  /** Older entries in front; what is on the screen stays where it is. */
  prepend(entries: readonly Entry[]): void
  /** At the end: under the running turn, if there is one. */
  append(entry: Entry): void
  /** Replaces or removes the entry with this message id or notice id, if there is one. */
  replace(id: string, entry: Entry | undefined): void
  /** The index of the entry that is looked at: at the end the last, else the first that begins in view; -1: none. */
  atHand(): number
  /** Without the running turn. */
  entries(): readonly Entry[]
  /** A turn runs from here on. It stands where the messages of the ids `replaces` were. */
  begin(live: {
    startedAt: number
    model?: string
    replaces?: readonly string[]
    /** How many older answers there are. */
    variants?: number
  }): void
  /** Takes what the turn brings. Drawing is left to `draw`. */
  take(events: readonly TurnEvent[]): void
  /**
   * The turn ended: its messages become entries, which are given back; without an outcome their
   * status stays `streaming`. On the screen only what stands over and under them changes. Where the
   * outcome says so, what it replaced is there again instead.
   */
  finish(outcome: TurnOutcome | undefined): readonly MessageEntry[]
  /** The turn never was: nothing of it stays, and what it replaced is there again. */
  withdraw(): void
  /** What the running turn does. */
  live(): LiveStatus | undefined
  resize(width: number, height: number): void
  setTheme(theme: Theme): void
  /** Negative: up. */
  scroll(lines: number): void
  page(direction: 1 | -1): void
  toTop(): void
  toTail(): void
  /** Brings the beginning of the entry with this id into sight, if there is one and it is not. */
  show(id: string): void
  /**
   * Brings an entry that was looked for into sight and makes it stand out, until another is, until
   * `unmark` or until others are shown. False: it is not there.
   */
  mark(mark: Mark): boolean
  unmark(): void
  /** Shows the whole reasoning, or one line about it. */
  toggleReasoning(): void
  /** What is to be seen; the same object when nothing changed. */
  draw(): Drawing
  /** `onChange` is not called any more. */
  dispose(): void
}

interface Item {
  readonly entry: Entry
  readonly block: Block
}

const keepLine: Remap = (line) => line
const keepShare: Remap = (line, before, after) => Math.floor((line / before) * after)
// What is above the text grows or shrinks; the header stays.
const keepFromEnd: Remap = (line, before, after) => (line <= 1 ? line : after - (before - line))

/** Makes an empty transcript. It does no I/O and has no timer. */
export function createTranscript(options: TranscriptOptions): Transcript {
  const { width, theme, now, reasoningKey, retryKeys } = options
  let look: Look = { width, theme, expanded: false, reasoningKey, retryKeys: undefined }
  // Of the last message, which alone can be answered again.
  let lastLook: Look = { ...look, retryKeys }
  let height = options.height
  let items: Item[] = []
  let turn: LiveTurn | undefined
  // The index of the first item under the blocks of the turn.
  let turnAt = 0
  // What the turn took the place of.
  let replaced: readonly Item[] = []
  let marking: Marking | undefined
  let last: Drawing | undefined
  let isStale = true
  let isLoading = false
  let isDisposed = false

  const column: Column = {
    get count() {
      return items.length + liveCount()
    },
    lines(index): Lines {
      const live = turn && index >= turnAt ? turn.blocks[index - turnAt] : undefined
      if (live) return live.lines(look)
      const at = turn && index >= turnAt ? index - liveCount() : index
      const item = items[at]
      if (item === undefined) return []
      const lines = item.block.lines(at === lastMessage() && !turn ? lastLook : look)
      return idOf(item.entry) === marking?.id ? marking.lines(lines, look.theme) : lines
    },
  }
  const window = createWindow(column, height, () => turn !== undefined)
  const liveCount = () => turn?.blocks.length ?? 0
  const lastMessage = () => items.findLastIndex(({ entry }) => entry.kind === 'message')

  const redraw = () => {
    isStale = true
    if (!isDisposed) options.onChange()
  }
  const wantColours = () => {
    if (isLoading) return
    isLoading = true
    void loadHighlighter().then(redraw)
  }
  const itemFor = (entry: Entry, body?: Body): Item => {
    if (entry.kind === 'notice') return { entry, block: createNoticeBlock(entry) }
    return { entry, block: createMessageBlock(entry, { wantColours, body }) }
  }
  const lookAs = (change: Partial<Look>, remap: Remap) => {
    isStale = true
    window.redraw(() => {
      look = { ...look, ...change }
      lastLook = { ...look, retryKeys }
    }, remap)
  }
  const remove = (index: number) => {
    items.splice(index, 1)
    const at = index < turnAt ? index : index + liveCount()
    if (index < turnAt) turnAt--
    window.shift(at, -1)
  }
  // Blocks of the turn may come; what stands under it moves with them.
  const withTurn = <Result>(change: () => Result): Result => {
    isStale = true
    const before = liveCount()
    const result = change()
    const more = liveCount() - before
    if (more > 0) window.shift(turnAt + before, more)
    return result
  }
  const finish = (outcome: TurnOutcome | undefined): readonly MessageEntry[] => {
    const ended = turn
    if (!ended) return []
    const all = withTurn(() => ended.finish(outcome))
    if (outcome?.restored_turn_id !== undefined && replaced.length > 0) {
      settle(replaced)
      return []
    }
    const entries = all.map(({ entry }) => entry)
    const finished = all.filter(({ entry }, index) => isShown(entry, index, entries))
    settle(finished.map(({ entry, body }) => itemFor(entry, body)))
    return finished.map(({ entry }) => entry)
  }
  // These stand where the turn stood.
  const settle = (instead: readonly Item[]) => {
    isStale = true
    const more = instead.length - liveCount()
    if (more !== 0) window.shift(turnAt + Math.min(instead.length, liveCount()), more)
    turn = undefined
    replaced = []
    items.splice(turnAt, 0, ...instead)
    turnAt += instead.length
  }
  const replace = (id: string, entry: Entry | undefined) => {
    const index = items.findIndex((item) => idOf(item.entry) === id)
    if (index < 0) return
    isStale = true
    if (entry) items[index] = itemFor(entry)
    else remove(index)
  }
  /** Where an entry stands in the column. */
  const blockOf = (id: string): number | undefined => {
    const index = items.findIndex((item) => idOf(item.entry) === id)
    if (index < 0) return undefined
    return index < turnAt ? index : index + liveCount()
  }
  const move = (by: () => void) => {
    isStale = true
    by()
  }
  const drawNow = (): Drawing => {
    const view = window.view()
    const lines = view.lines.map((line) => cutLine(line, look.width))
    while (lines.length < height) lines.push('')
    return { ...view, lines: last && isSameLines(lines, last.lines) ? last.lines : lines }
  }

  return {
    open(entries) {
      isStale = true
      turn = undefined
      marking = undefined
      items = entries.filter(isShown).map((entry) => itemFor(entry))
      turnAt = items.length
      window.toTail()
    },
    prepend(entries) {
      isStale = true
      const before = entries.filter(isShown).map((entry) => itemFor(entry))
      items = [...before, ...items]
      turnAt += before.length
      window.prepend(before.length)
    },
    append(entry) {
      isStale = true
      items.push(itemFor(entry))
      if (!turn) turnAt = items.length
    },
    replace,
    atHand() {
      const block = window.atHand()
      return turn && block >= turnAt ? Math.max(turnAt - 1, block - liveCount()) : block
    },
    entries: () => items.map(({ entry }) => entry),
    begin({ startedAt, model, replaces = [], variants }) {
      finish(undefined)
      isStale = true
      const isReplaced = ({ entry }: Item) => replaces.includes(idOf(entry))
      replaced = items.filter(isReplaced)
      const at = items.findIndex(isReplaced)
      for (const { entry } of replaced) replace(idOf(entry), undefined)
      turnAt = at < 0 ? items.length : at
      turn = createLiveTurn({ startedAt, model, variants, now, onReady: redraw })
      if (turnAt < items.length) window.shift(turnAt, liveCount())
    },
    take: (events) => withTurn(() => turn?.take(events)),
    finish,
    withdraw() {
      if (turn) settle(replaced)
    },
    live: () => turn?.status(),
    resize(width, rows) {
      if (width !== look.width) lookAs({ width }, keepShare)
      if (rows === height) return
      isStale = true
      height = rows
      window.setHeight(rows)
    },
    setTheme: (theme) => lookAs({ theme }, keepLine),
    scroll: (lines) => move(() => window.scroll(lines)),
    page: (direction) => move(() => window.page(direction)),
    toTop: () => move(window.toTop),
    toTail: () => move(window.toTail),
    show(id) {
      const block = blockOf(id)
      if (block !== undefined) move(() => window.toBlock(block))
    },
    mark(mark) {
      const block = blockOf(mark.id)
      if (block === undefined) return false
      const found = createMarking(mark)
      marking = found
      move(() => window.toFound(block, found.firstFound(column.lines(block))))
      return true
    },
    unmark() {
      isStale ||= marking !== undefined
      marking = undefined
    },
    toggleReasoning: () => lookAs({ expanded: !look.expanded }, keepFromEnd),
    draw() {
      if (last && !isStale) return last
      isStale = false
      const next = drawNow()
      if (!last || !isSameDrawing(next, last)) last = next
      return last
    },
    dispose() {
      isDisposed = true
    },
  }
}
