import type { ReactElement } from 'react'
import type { Theme } from '../../text/theme.js'
import type { Point } from '../terminal/rect.js'

export interface Sized {
  readonly theme: Theme
  readonly width: number
  readonly height: number
}

/** What is drawn of an overlay, and where in it the cursor stands. */
export interface OverlayView {
  readonly element: ReactElement<Sized>
  readonly cursor: Point | undefined
}
