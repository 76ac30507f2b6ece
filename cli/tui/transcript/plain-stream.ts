import { sanitise, takeWhole } from '../../text/sanitise.js'
import { styled } from '../../text/sgr.js'
import { textWidth } from '../../text/width.js'
import { wrapAnsi } from '../../text/wrap.js'

const TAB = 4

/** Text that is still coming, as lines: those that cannot change any more are given out once. */
export interface LineStream {
  /** Takes a delta; gives the lines that are final now. */
  push(delta: string): string[]
  /** What the rest looks like by now. */
  tail(): string[]
  /** Gives the last lines. */
  end(): string[]
}

/**
 * Wraps text as it is, with no Markdown; sanitised here. The lines are those of the whole text, but
 * for line breaks at its end.
 */
export function createPlainStream(width: number, sgr = ''): LineStream {
  let held = ''
  // The line that was begun, without the rows and their cells that are final, and the empty lines before it.
  let line = ''
  let cellsBefore = 0
  let blanks = 0
  const wrap = (text: string) => wrapAnsi(text, width).map((row) => styled(row, sgr))
  const blankLines = () => Array.from({ length: blanks }, () => '')

  const take = (text: string): string[] => {
    const parts = (line + sanitise(text)).split('\n')
    const out: string[] = []
    const put = (rows: readonly string[]) => {
      for (const row of [...blankLines(), ...rows]) out.push(row)
      blanks = 0
    }
    parts.forEach((part, index) => {
      line = expandTabs(part, cellsBefore)
      if (index === parts.length - 1) return
      if (line.trim() === '') blanks++
      else put(wrap(line))
      cellsBefore = 0
    })
    const rows = wrapAnsi(line, width)
    const last = rows.pop() ?? ''
    const from = line.trimEnd().length - last.length
    // Only the last row may still change.
    if (rows.length > 0 && line.startsWith(last, from)) {
      put(rows.map((row) => styled(row, sgr)))
      cellsBefore += textWidth(line.slice(0, from))
      line = line.slice(from)
    }
    return out
  }
  const rest = () => (line.trim() === '' ? [] : [...blankLines(), ...wrap(line)])

  return {
    push(delta) {
      const { ready, held: half } = takeWhole(held + delta)
      held = half
      return take(ready)
    },
    tail: rest,
    end() {
      const out = [...take(held), ...rest()]
      held = ''
      line = ''
      return out
    },
  }
}

function expandTabs(line: string, cellsBefore: number): string {
  if (!line.includes('\t')) return line
  let column = cellsBefore
  const parts = line.split('\t').map((part, index) => {
    const fill = index === 0 ? 0 : TAB - (column % TAB)
    column += fill + textWidth(part)
    return ' '.repeat(fill) + part
  })
  return parts.join('')
}

/** The lines of a whole text as `createPlainStream` draws it. */
export function plainLines(text: string, width: number, sgr = ''): string[] {
  const stream = createPlainStream(width, sgr)
  return [...stream.push(text), ...stream.end()]
}
