import type { App } from '../app.js'
import { editAtHand, forkAtHand } from '../effects/questions.js'
import { showOlderAnswer } from '../effects/variants.js'

/** Keys of the transcript. False: not one of them. */
export function transcriptKey(app: App, chord: string): boolean {
  const { transcript } = app
  const height = app.layout?.transcript.height ?? 1
  const half = Math.max(1, Math.floor(height / 2))
  const lines: Record<string, number> = {
    ...{ up: -1, k: -1, down: 1, j: 1, u: -half, d: half },
  }
  const step = Object.hasOwn(lines, chord) ? lines[chord] : undefined
  if (step !== undefined) transcript.scroll(step)
  else if (chord === 'space') transcript.page(1)
  else if (chord === 'b') transcript.page(-1)
  else if (chord === 'g' || chord === 'home') transcript.toTop()
  else if (chord === 'G' || chord === 'end') transcript.toTail()
  else if (chord === 'v') app.start(showOlderAnswer(app))
  else if (chord === 'e') editAtHand(app)
  else if (chord === 'f') {
    app.start(forkAtHand(app))
    app.dispatch({ type: 'focused', focus: 'composer' })
  } else if (chord === 'r') {
    app.sessions.turns.retry()
    // Where Esc stops it.
    app.dispatch({ type: 'focused', focus: 'composer' })
  } else if (chord === 'enter' || chord === 'i' || chord === 'escape') {
    app.dispatch({ type: 'focused', focus: 'composer' })
  } else return false
  app.redraw()
  return true
}
