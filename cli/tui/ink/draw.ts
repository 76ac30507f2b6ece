import { renderToString } from 'ink'
import type { ReactNode } from 'react'

/**
 * The lines of an Ink element in a box of this width. Ink's own writer is not used: it clears the
 * screen, cannot scroll, and draws all of it for each key. Throws what a component throws.
 */
export function drawInk(element: ReactNode, width: number): string[] {
  return renderToString(element, { columns: width }).split('\n')
}
