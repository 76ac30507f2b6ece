import { createMarkdownStream } from './stream.js'
import type { Theme } from './theme.js'

/** How big the terminal is now; asked before every update. */
type TerminalSize = { readonly columns: number; readonly rows: number }

export type TerminalWriterOptions = {
  /** Gets each update as one string. */
  write(bytes: string): void
  size(): TerminalSize
  theme: Theme
  /** A style under all of it, e.g. dim. */
  sgr?: string
}

/** Shows one streamed answer, rendered, on an ordinary terminal, from the line of the cursor on. */
export type TerminalWriter = {
  /** Adds a delta and draws. Callers join the deltas of a frame (about 33 ms) first. */
  push(delta: string): void
  /** Lets `print` write lines of its own, on stderr say, above what is still unfinished. */
  interrupt(print: () => void): void
  /**
   * Draws the final lines and leaves the cursor on a fresh line; call it also when the answer
   * broke. It is done when it returns, unless colours of code are still being loaded.
   */
  end(): Promise<void>
  /** After an error: takes what is unfinished off the screen, and gives its source. */
  abandon(): string
}

const SYNC = { begin: '\x1b[?2026h', end: '\x1b[?2026l' }
// A terminal may find an emoji wider than we do: a row of the tail must not become two, or the
// next update would start at the wrong row. Final lines may wrap.
const AUTOWRAP = { off: '\x1b[?7l', on: '\x1b[?7h' }
const ERASE_ROW = '\x1b[K'
// From the row below on. Never from the first row of the screen: tmux takes that for a whole screen,
// and keeps a copy of it in its history.
const ERASE_BELOW = '\x1b[B\r\x1b[J\x1b[A'
const RESET = '\x1b[0m'
const NEW_LINE = '\r\n'
const WIDTH_IN_DOUBT = /[^\x00-\u02ff]/

/** Makes the writer of one answer. The cursor has to be at the beginning of a line. */
export function createTerminalWriter(options: TerminalWriterOptions): TerminalWriter {
  const { write, theme, sgr = '' } = options
  let size = options.size()
  // The tail on the screen, a row each; the cursor is behind the last one.
  let shown: readonly string[] = []
  let redrawAll = false
  let ended = false

  const stream = createMarkdownStream({
    width: size.columns,
    theme,
    sgr,
    onReady: () => {
      if (ended) return
      try {
        draw(stream.push(''))
      } catch {
        // Nobody is there to catch it; the next push or the end meets it again.
      }
    },
  })

  // Where the terminal wraps its rows anew, a narrower one may leave some of the old tail above;
  // going up no further than the tail had lines never takes away what is final.
  const followSize = () => {
    const now = options.size()
    if (now.columns === size.columns && now.rows === size.rows) return
    if (now.columns !== size.columns) stream.resize(now.columns)
    size = now
    // What a lower terminal has pushed into the scrollback is out of reach.
    shown = shown.slice(-Math.max(1, size.rows))
    redrawAll = true
  }
  const draw = (final: readonly string[]) => {
    const room = Math.max(1, size.rows - 1)
    show(
      final,
      orKeep(final, () => stream.tail().slice(-room)),
    )
  }
  // Lines that were given out are shown even if what follows them cannot be drawn.
  const orKeep = (final: readonly string[], more: () => string[]) => {
    try {
      return more()
    } catch (error) {
      show(final, [])
      throw error
    }
  }
  const hideTail = () => {
    if (shown.length > 0) write(SYNC.begin + goTo(0) + erase(shown.length) + SYNC.end)
    shown = []
  }
  const show = (final: readonly string[], tail: readonly string[]) => {
    if (shown.length === 0 && final.length + tail.length === 0) return
    const next = [...final, ...tail]
    const same = redrawAll ? 0 : countKept(shown, next, final.length)
    redrawAll = false
    if (tail.length > 0 && same === next.length && same === shown.length) {
      shown = tail
      return
    }
    // The cursor has to come out behind the last row of the tail, so that one is written at least.
    const kept = tail.length > 0 ? Math.min(same, next.length - 1) : same

    const lines = final.slice(kept)
    const rows = tail.slice(Math.max(0, kept - final.length))
    const surplus = Math.max(0, shown.length - next.length)
    // A line that wraps after all has to find the row under it empty.
    const mayWrap = lines.some((line) => WIDTH_IN_DOUBT.test(line))
    const begin = goTo(kept) + (mayWrap ? erase(shown.length - kept) : '')
    const above = lines.map((line) => ERASE_ROW + line + NEW_LINE).join('')
    write(SYNC.begin + begin + above + drawTail(rows, surplus) + SYNC.end)
    shown = tail
  }
  const goTo = (row: number) => {
    if (shown.length === 0) return ''
    if (row === shown.length) return NEW_LINE
    const up = shown.length - 1 - row
    return `\r${up > 0 ? `\x1b[${up}A` : ''}`
  }
  const finish = () => {
    followSize()
    const ready = stream.push('')
    const final = [...ready, ...orKeep(ready, stream.end)]
    ended = true
    show(final, [])
    if (final.length > 0) write(RESET)
  }

  return {
    push(delta) {
      followSize()
      draw(stream.push(delta))
    },
    interrupt(print) {
      followSize()
      hideTail()
      print()
      if (!ended) draw([])
    },
    end() {
      const waiting = stream.waiting()
      if (waiting) return waiting.then(finish)
      finish()
      return Promise.resolve()
    },
    abandon() {
      ended = true
      hideTail()
      return stream.rest()
    },
  }
}

// The row of the cursor, which is at its beginning, and those below it.
function erase(rows: number): string {
  if (rows <= 0) return ''
  return rows === 1 ? ERASE_ROW : ERASE_ROW + ERASE_BELOW
}

// `surplus`: rows of the tail before that are left over under this one. The cursor has to end up
// behind the last row, so they go first.
function drawTail(rows: readonly string[], surplus: number): string {
  const last = rows.at(-1)
  if (last === undefined) return erase(surplus)
  const above = rows.slice(0, -1).map((row) => ERASE_ROW + row + NEW_LINE)
  return AUTOWRAP.off + above.join('') + erase(1 + surplus) + last + AUTOWRAP.on
}

// Rows at the top of the tail that stay as they are. One that becomes final is written again if
// the terminal may have cut it off.
function countKept(shown: readonly string[], next: readonly string[], final: number): number {
  let kept = 0
  while (kept < shown.length && kept < next.length && shown[kept] === next[kept]) {
    if (kept < final && WIDTH_IN_DOUBT.test(next[kept] ?? '')) break
    kept++
  }
  return kept
}
