/**
 * Characters that are lines are drawn as lines: a font's own leave gaps between rows. Which ways a
 * character's lines go from the middle of its cell; the last four are round.
 */
const ways: Readonly<Record<string, string>> = {
  ...{ '─': 'lr', '│': 'ud', '┌': 'dr', '┐': 'dl', '└': 'ur', '┘': 'ul' },
  ...{ '├': 'udr', '┤': 'udl', '┬': 'dlr', '┴': 'ulr', '┼': 'udlr' },
  ...{ '╭': 'dr', '╮': 'dl', '╰': 'ur', '╯': 'ul' },
}
const round = new Set(['╭', '╮', '╰', '╯'])

/** Of a cell, px. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export function isBoxCharacter(text: string): boolean {
  return Object.hasOwn(ways, text)
}

/** The lines of a box character as the data of an SVG path; empty for any other. */
export function boxPath(text: string, { x, y, width, height }: Box): string {
  const all = ways[text] ?? ''
  const [middle, centre] = [x + width / 2, y + height / 2]
  const ends: Readonly<Record<string, readonly [number, number]>> = {
    ...{ u: [middle, y], d: [middle, y + height], l: [x, centre], r: [x + width, centre] },
  }
  const points = [...all].flatMap((way) => ends[way] ?? [])
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = points
  if (round.has(text)) {
    return `M${short(x1)} ${short(y1)}Q${short(middle)} ${short(centre)} ${short(x2)} ${short(y2)}`
  }
  if (all === 'lr' || all === 'ud') return `M${short(x1)} ${short(y1)}L${short(x2)} ${short(y2)}`
  let path = ''
  for (let at = 0; at < points.length; at += 2) {
    path += `M${short(middle)} ${short(centre)}L${short(points[at] ?? 0)} ${short(points[at + 1] ?? 0)}`
  }
  return path
}

/** A number with at most two decimals. */
export function short(value: number): string {
  return String(Math.round(value * 100) / 100)
}
