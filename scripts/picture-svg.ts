import { boxPath, isBoxCharacter, short } from './picture-boxes.js'
import { cssColour, type Look } from './picture-colours.js'
import type { Cell, Grid, Style } from './picture-grid.js'

/** Neighbouring cells that are drawn alike, from `column` on. */
interface Run {
  readonly column: number
  readonly text: string
  /** Cells. */
  readonly width: number
  readonly style: Style
}

const fontSize = 14
/** What DejaVu Sans Mono and Menlo have at this size, px. */
const cellWidth = 8.43
const cellHeight = 19
/** From the top of a row to where letters stand. */
const baseline = 14
const padding = 14
const barHeight = 34
const fonts = 'ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace'

/** A terminal in a window, as SVG. Columns stay where they are whatever font is there. */
export function drawSvg(grid: Grid, look: Look, label: string): string {
  const width = Math.ceil(grid.columns * cellWidth + 2 * padding)
  const height = barHeight + grid.rows.length * cellHeight + 2 * padding
  const body = withCursor(grid).flatMap((row, index) => drawRow(row, index, look))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(label)}">`,
    `<style>text{font:${fontSize}px ${fonts};white-space:pre}.b{font-weight:700}.i{font-style:italic}.d{opacity:.6}.u{text-decoration:underline}.s{text-decoration:line-through}path{fill:none}</style>`,
    drawWindow(width, height, look),
    `<g transform="translate(${padding} ${barHeight + padding})">`,
    ...body,
    drawLines(grid, look),
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

function drawWindow(width: number, height: number, look: Look): string {
  const [right, low] = [width - 1, height - 1]
  const bar = `M.5 ${barHeight}V10.5a10 10 0 0 1 10-10H${right - 9.5}a10 10 0 0 1 10 10V${barHeight}z`
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (colour, index) => `<circle cx="${20 + index * 20}" cy="17" r="6" fill="${colour}"/>`,
  )
  return [
    `<rect x=".5" y=".5" width="${right}" height="${low}" rx="10" fill="${look.ground}"/>`,
    `<path d="${bar}" style="fill:${look.bar}"/>`,
    `<path d="M.5 ${barHeight}H${right + 0.5}" stroke="${look.edge}"/>`,
    `<rect x=".5" y=".5" width="${right}" height="${low}" rx="10" fill="none" stroke="${look.edge}"/>`,
    ...dots,
    `<text x="${width / 2}" y="22" text-anchor="middle" fill="${look.label}">c2a</text>`,
  ].join('\n')
}

/** The rows with the cursor on them, a block. */
function withCursor({ rows, cursor }: Grid): Grid['rows'] {
  if (cursor === undefined) return rows
  return rows.map((row, index) =>
    index !== cursor.row
      ? row
      : row.map((cell, column) => {
          if (column !== cursor.column) return cell
          return { ...cell, style: { ...cell.style, ink: 'ground', ground: 'ink' } as const }
        }),
  )
}

function drawRow(row: readonly Cell[], index: number, look: Look): string[] {
  const y = index * cellHeight
  const grounds = runsOf(row, ({ style }) =>
    style.ground === 'ground' ? undefined : String(style.ground),
  ).map(({ column, width, style }) => {
    const at = `x="${short(column * cellWidth)}" y="${y}" width="${short(width * cellWidth)}"`
    return `<rect ${at} height="${cellHeight}" fill="${cssColour(style.ground, look)}"/>`
  })
  const texts = runsOf(row, textKey).map((run) => drawText(run, y + baseline, look))
  return [...grounds, ...texts]
}

// A blank ends a text, so that every word stands in its columns. A character that fonts may lack
// is alone, so that another font's does not press its neighbours.
function textKey({ text, style }: Cell, column: number): string | undefined {
  const isBlank = text.trim() === ''
  if (isBoxCharacter(text) || (isBlank && !style.underline && !style.strike)) return undefined
  const isCommon = isBlank || /^[\u0021-\u024f\u2018-\u2026]$/.test(text)
  return `${isCommon ? '' : column} ${JSON.stringify(style)}`
}

function drawText({ column, text, width, style }: Run, y: number, look: Look): string {
  const names: readonly (readonly [string, boolean])[] = [
    ...([
      ['b', style.bold],
      ['d', style.dim],
      ['i', style.italic],
    ] as const),
    ...([
      ['u', style.underline],
      ['s', style.strike],
    ] as const),
  ]
  const used = names.flatMap(([name, isOn]) => (isOn ? name : []))
  const as = used.length === 0 ? '' : ` class="${used.join(' ')}"`
  const at = `x="${short(column * cellWidth)}" y="${y}"`
  const long = `textLength="${short(width * cellWidth)}" lengthAdjust="spacingAndGlyphs"`
  return `<text ${at} ${long} fill="${cssColour(style.ink, look)}"${as}>${escapeXml(text)}</text>`
}

/** Cells of one key in a row; none for those without a key. */
function runsOf(
  row: readonly Cell[],
  keyOf: (cell: Cell, column: number) => string | undefined,
): Run[] {
  const runs: Run[] = []
  let open: { readonly key: string; readonly column: number; readonly cells: Cell[] } | undefined
  const close = (): void => {
    if (open !== undefined) runs.push(runOf(open.column, open.cells))
    open = undefined
  }
  for (const [column, cell] of row.entries()) {
    if (cell.width === 0) continue
    const key = keyOf(cell, column)
    if (key === undefined || open?.key !== key) close()
    if (key === undefined) continue
    open ??= { key, column, cells: [] }
    open.cells.push(cell)
  }
  close()
  return runs
}

function runOf(column: number, cells: readonly Cell[]): Run {
  const [first] = cells
  if (first === undefined) throw new Error('a run has at least one cell')
  const width = cells.reduce((sum, cell) => sum + cell.width, 0)
  return { column, width, style: first.style, text: cells.map(({ text }) => text || ' ').join('') }
}

function drawLines({ rows }: Grid, look: Look): string {
  const paths = new Map<string, string>()
  for (const [index, row] of rows.entries()) {
    for (const [column, { text, style }] of row.entries()) {
      if (!isBoxCharacter(text)) continue
      const box = { x: column * cellWidth, y: index * cellHeight, width: cellWidth }
      const colour = cssColour(style.ink, look)
      paths.set(colour, (paths.get(colour) ?? '') + boxPath(text, { ...box, height: cellHeight }))
    }
  }
  return [...paths].map(([colour, path]) => `<path d="${path}" stroke="${colour}"/>`).join('\n')
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
