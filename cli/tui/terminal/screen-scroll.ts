// About what it costs to scroll, and to go to a row and write there.
const SCROLL_BYTES = 24
const ROW_BYTES = 8

/**
 * By how many rows the lines moved up (below 0: down), where scrolling the terminal saves bytes;
 * 0 where it does not.
 */
export function findShift(before: readonly string[], after: readonly string[]): number {
  const cost = bytesToWrite(before, after, 0)
  if (cost <= SCROLL_BYTES) return 0
  const places = new Map<string, number>()
  before.forEach((line, row) => {
    // Lines that are there more than once, like blank ones, tell nothing.
    if (line !== '') places.set(line, places.has(line) ? -1 : row)
  })
  const votes = new Map<number, number>()
  let shift = 0
  after.forEach((line, row) => {
    const place = places.get(line)
    if (place === undefined || place < 0) return
    const count = (votes.get(place - row) ?? 0) + 1
    votes.set(place - row, count)
    if (count > (votes.get(shift) ?? 0)) shift = place - row
  })
  if (shift === 0) return 0
  return cost > SCROLL_BYTES + bytesToWrite(before, after, shift) ? shift : 0
}

/** Scrolls the rows from `top` to `bottom`, both from 0; rows that come in are blank. */
export function scrollRows(top: number, bottom: number, shift: number): string {
  const move = shift > 0 ? `${shift}S` : `${-shift}T`
  return `\x1b[${top + 1};${bottom + 1}r\x1b[${move}\x1b[r`
}

function bytesToWrite(before: readonly string[], after: readonly string[], shift: number): number {
  let bytes = 0
  after.forEach((line, row) => {
    const old = before[row + shift] ?? ''
    if (old === line) return
    bytes += ROW_BYTES + line.length - (line.startsWith(old) ? old.length : 0)
  })
  return bytes
}
