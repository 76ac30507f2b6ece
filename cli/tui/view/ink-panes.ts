import type { ReactElement } from 'react'
import { createInkRoot, type InkRoot } from '../ink/root.js'
import type { Rect } from '../terminal/rect.js'
import type { Screen } from '../terminal/screen.js'

/** The panes that Ink draws, each by a root of its own, so that a key costs one pane. */
export interface InkPanes {
  /** Shows an element in a rectangle; nothing is drawn when both are as they were. */
  show(id: string, rect: Rect, element: ReactElement<Sized>, z?: number): void
  hide(id: string): void
  close(): void
}

interface Sized {
  readonly width: number
  readonly height: number
}

interface Pane {
  readonly root: InkRoot
  element: ReactElement<Sized> | undefined
}

export function createInkPanes(screen: Screen): InkPanes {
  const panes = new Map<string, Pane>()
  return {
    show(id, rect, element, z) {
      screen.place(id, rect, z)
      const pane = panes.get(id) ?? { root: createInkRoot(), element: undefined }
      panes.set(id, pane)
      if (pane.element !== undefined && isSame(pane.element, element)) return
      screen.setLines(id, pane.root.draw(element, rect.width))
      pane.element = element
    },
    hide(id) {
      const pane = panes.get(id)
      if (pane?.element === undefined) return
      pane.element = undefined
      screen.remove(id)
    },
    close() {
      for (const { root } of panes.values()) root.close()
    },
  }
}

function isSame(a: ReactElement<Sized>, b: ReactElement<Sized>): boolean {
  return a.type === b.type && isSameRecord(a.props, b.props, true)
}

/** Props are the same when they are one level down: small objects are made anew for each frame. */
function isSameRecord(a: object, b: object, deep: boolean): boolean {
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every((key) => {
    const left: unknown = Reflect.get(a, key)
    const right: unknown = Reflect.get(b, key)
    if (Object.is(left, right)) return true
    return deep && isRecord(left) && isRecord(right) && isSameRecord(left, right, false)
  })
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
