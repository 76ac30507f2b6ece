import type { MouseEvent } from './event.js'

const SHAPE = /^(\d{1,5});(\d{1,5});(\d{1,5})$/
const buttons = ['left', 'middle', 'right', 'none'] as const
const moved = 32
const wheel = 64
const extra = 128

/**
 * The mouse as mode 1006 reports it, CSI < button ; column ; row and M, or m when the button went
 * up. Undefined for what we have no use for: buttons beyond three, wheels to the side, and movement
 * without a button.
 */
export function mouseEvent(parameters: string, final: string): MouseEvent | undefined {
  const found = SHAPE.exec(parameters)
  if (found === null || (final !== 'M' && final !== 'm')) return undefined
  const code = Number(found[1])
  const x = cell(found[2])
  const y = cell(found[3])
  if (code >= extra) return undefined
  if ((code & wheel) !== 0) {
    const turn = code & 3
    if (final === 'm' || turn > 1) return undefined
    return { type: 'mouse', kind: turn === 0 ? 'wheel-up' : 'wheel-down', x, y, button: 'none' }
  }
  const button = buttons[code & 3] ?? 'none'
  if (final === 'm') return { type: 'mouse', kind: 'release', x, y, button }
  if (button === 'none') return undefined
  return { type: 'mouse', kind: (code & moved) === 0 ? 'press' : 'drag', x, y, button }
}

function cell(fromOne: string | undefined): number {
  return Math.max(0, Number(fromOne) - 1)
}
