import type { Rect } from '../../cli/tui/terminal/rect.js'
import { createScreen, type Screen } from '../../cli/tui/terminal/screen.js'
import type { Layout } from '../../cli/tui/view/layout.js'
import {
  forbiddenBytes,
  gapsIn,
  isBlank,
  type WatchedTerminal,
  watchedTerminal,
} from './hostile-terminal.js'

/** A screen on a terminal that is watched, pane by pane. */
interface WatchedPanes {
  /** Draw on this. */
  readonly screen: Screen
  resize(columns: number, rows: number): void
  /**
   * Brings what was drawn to the terminal. What the frame did that none may do, in words; undefined
   * when all is well. `layout` says where the panes have to be.
   */
  frame(layout: Layout | undefined, vertical: string): Promise<string | undefined>
  /** What is drawn around texts from outside, as far as it is seen: no text may change it. */
  chrome(): Readonly<Record<string, string>>
  dispose(): void
}

interface Pane {
  readonly rect: Rect
  readonly z: number
  readonly made: number
}

/** Panes that have no neighbour among themselves, so that each has blank cells beside it. */
const groups: readonly (readonly string[])[] = [
  ['header', 'sessions', 'roles', 'status', 'too-small'],
  ['transcript', 'banner', 'composer'],
  ['divider', 'mark', 'overlay'],
  ['menu'],
]
/** Panes with a border around them. */
const framed = ['composer', 'overlay', 'menu']

/** What is drawn goes to one terminal whole, and to one for each group of panes. */
export async function watchedPanes(columns: number, rows: number): Promise<WatchedPanes> {
  const size = { columns, rows }
  const whole = await part(columns, rows)
  const parts = await Promise.all(groups.map(() => part(columns, rows)))
  const panes = new Map<string, Pane>()
  let made = 0
  const groupOf = (id: string): number => groups.findIndex((ids) => ids.includes(id))
  const both = (id: string): readonly Screen[] => {
    const own = parts[groupOf(id)]
    if (own === undefined) throw new Error(`the pane ${id} is in no group`)
    return [whole.screen, own.screen]
  }
  const isCovered = (id: string, pane: Pane, y: number): boolean =>
    [...panes].some(([other, { rect, z, made }]) => {
      const isAbove = z > pane.z || (z === pane.z && made > pane.made)
      return other !== id && isAbove && meets(rect, pane.rect, y)
    })
  const strays = (): string | undefined => {
    for (const [index, { terminal }] of parts.entries()) {
      const rects = (groups[index] ?? []).flatMap((id) => panes.get(id)?.rect ?? [])
      for (let y = 0; y < size.rows; y++) {
        for (const [x, end] of gapsIn(y, size.columns, rects)) {
          const found = terminal.text(y, x, end)
          if (!isBlank(found))
            return `${groups[index]} reach to ${x},${y}: ${JSON.stringify(found)}`
        }
      }
    }
    return undefined
  }
  const overwritten = (): string | undefined => {
    for (const [id, pane] of panes) {
      const alone = parts[groupOf(id)]?.terminal
      const { x, width } = pane.rect
      const end = Math.min(size.columns, x + width)
      for (let y = pane.rect.y; y < Math.min(size.rows, pane.rect.y + pane.rect.height); y++) {
        if (isCovered(id, pane, y)) continue
        const [seen, expected] = [whole.terminal.text(y, x, end), alone?.text(y, x, end)]
        if (seen !== expected) return `${id}, row ${y}: ${JSON.stringify([seen, expected])}`
      }
    }
    return undefined
  }
  const brokenBorder = (vertical: string): string | undefined => {
    for (const id of framed) {
      const pane = panes.get(id)
      if (pane === undefined || pane.rect.height < 3) continue
      const { x, y, width, height } = pane.rect
      for (let row = y + 1; row < y + height - 1; row++) {
        if (isCovered(id, pane, row)) continue
        const [left, right] = [x, x + width - 1].map((at) => whole.terminal.text(row, at, at + 1))
        if (left === vertical && right === vertical) continue
        const seen = whole.terminal.text(row, x, x + width)
        return `the border of ${id} in row ${row}: ${JSON.stringify(seen)}`
      }
    }
    return undefined
  }

  return {
    screen: {
      resize: () => undefined,
      place(id, rect, z = 0) {
        for (const screen of both(id)) screen.place(id, rect, z)
        const known = panes.get(id)
        panes.set(id, { rect, z, made: known?.made ?? made++ })
      },
      setLines(id, lines) {
        for (const screen of both(id)) screen.setLines(id, lines)
      },
      remove(id) {
        for (const screen of both(id)) screen.remove(id)
        panes.delete(id)
      },
      cursor: (at) => whole.screen.cursor(at),
      repaint: () => whole.screen.repaint(),
      flush: () => '',
    },
    resize(width, height) {
      Object.assign(size, { columns: width, rows: height })
      for (const { screen, terminal } of [whole, ...parts]) {
        terminal.resize(width, height)
        screen.resize(width, height)
      }
    },
    async frame(layout, vertical) {
      const bytes = whole.screen.flush()
      const forbidden = forbiddenBytes(bytes)
      const written = parts.map(({ screen, terminal }) => {
        const own = screen.flush()
        return own === '' ? undefined : terminal.write(own)
      })
      await Promise.all([whole.terminal.write(bytes), ...written])
      const wrong = whole.terminal.wrong()
      if (wrong !== undefined) return wrong
      if (forbidden !== undefined) return `the bytes hold ${forbidden}`
      return strays() ?? overwritten() ?? brokenBorder(vertical) ?? misplaced(layout)
    },
    chrome() {
      const found: Record<string, string> = {}
      const keep = (id: string, name: string, at: (rect: Rect) => number): void => {
        const pane = panes.get(id)
        if (pane === undefined) return
        const y = at(pane.rect)
        const { x, width } = pane.rect
        if (!isCovered(id, pane, y))
          found[`${name} of ${id}`] = whole.terminal.text(y, x, x + width)
      }
      const top = ({ y }: Rect) => y
      const bottom = ({ y, height }: Rect) => y + height - 1
      for (const id of ['composer', 'menu', 'overlay', 'status', 'divider']) keep(id, 'end', bottom)
      for (const id of ['composer', 'overlay', 'sessions', 'roles', 'divider'])
        keep(id, 'head', top)
      for (const [name, row] of Object.entries(found)) found[name] = uncounted(row)
      return found
    },
    dispose() {
      for (const { terminal } of [whole, ...parts]) terminal.dispose()
    },
  }

  function misplaced(layout: Layout | undefined): string | undefined {
    const all = layout && [layout.header, layout.transcript, layout.composer, layout.status]
    const isPlaced = (rect: Rect) => [...panes.values()].some((pane) => isSame(pane.rect, rect))
    return all?.every(isPlaced) === false ? 'a pane is not where the layout says' : undefined
  }
}

async function part(columns: number, rows: number) {
  const terminal: WatchedTerminal = await watchedTerminal(columns, rows)
  return { terminal, screen: createScreen({ columns, rows }) }
}

/** A filter leaves more of some texts than of others. */
function uncounted(border: string): string {
  return border.replace(/\(\d+\) [─-]*/, '(n) ')
}

function meets(a: Rect, b: Rect, y: number): boolean {
  if (y < a.y || y >= a.y + a.height) return false
  return a.x < b.x + b.width && b.x < a.x + a.width
}

function isSame(a: Rect, b: Rect): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height
}
