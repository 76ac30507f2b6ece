import type { ReactElement } from 'react'
import { drawInk } from '../ink/draw.js'
import type { Rect } from '../terminal/rect.js'
import type { Screen } from '../terminal/screen.js'

/** The panes that Ink draws, each for itself, so that a key costs one pane. */
export interface InkPanes {
  /** Shows an element in a rectangle; nothing is drawn when both are as they were. */
  show(id: string, rect: Rect, element: ReactElement<Sized>, z?: number): void
  hide(id: string): void
}

interface Sized {
  readonly width: number
  readonly height: number
}

export function createInkPanes(screen: Screen): InkPanes {
  /** What is shown. */
  const elements = new Map<string, ReactElement<Sized>>()
  return {
    show(id, rect, element, z) {
      screen.place(id, rect, z)
      const shown = elements.get(id)
      if (shown !== undefined && isSame(shown, element)) return
      screen.setLines(id, drawInk(element, rect.width))
      elements.set(id, element)
    },
    hide(id) {
      if (elements.delete(id)) screen.remove(id)
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
