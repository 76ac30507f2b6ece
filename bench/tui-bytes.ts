import { rows } from './tui-terminal.js'

/** Cells of the side panes and their edge at 120 columns, and rows of the composer with its frame. */
const side = 28
const composer = 3

const sequence = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[^[]|[^\x1b]+/g

/** What the bytes of a program were for, as text that stands somewhere, or what is around it. */
export function bytesByRegion(text: string): Map<string, number> {
  const found = new Map<string, number>()
  const add = (name: string, piece: string): void => {
    found.set(name, (found.get(name) ?? 0) + Buffer.byteLength(piece))
  }
  let [x, y] = [0, 0]
  for (const frame of text.split(/(?<=\x1b\[\?2026l)/)) {
    // The last move puts the cursor back.
    const end = frame.match(/\x1b\[[\d;]*H(?=\x1b\[\?2026l)/)?.index
    for (const match of frame.matchAll(sequence)) {
      const [piece] = match
      const place = /^\x1b\[(\d*)(?:;(\d*))?H$/.exec(piece)
      if (match.index === end && place) {
        add('the cursor', piece)
        continue
      }
      if (place) [y, x] = [Number(place[1] || 1) - 1, Number(place[2] || 1) - 1]
      if (/^\x1b\[\?/.test(piece)) add('frame marks', piece)
      else if (/^\x1b\[[\d;]*[rST]$/.test(piece)) add('scrolling', piece)
      else add(regionAt(x, y) + (place ? ' (moves)' : ''), piece)
    }
  }
  return found
}

function regionAt(x: number, y: number): string {
  if (y === 0) return 'header'
  if (y === rows - 1) return 'status'
  if (x < side) return 'side'
  return y >= rows - 1 - composer ? 'composer' : 'transcript'
}
