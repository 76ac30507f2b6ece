import { outcomeOf, type TurnEvent, type TurnOutcome } from '../contract/event.js'
import { ProblemError } from '../contract/problem.js'

/** Holds the text of a turn against the length that its end tells, from its first event on. */
interface TextCheck {
  /**
   * The events that may be shown of the next ones. When the end tells of other text than came, the
   * end is held back and `again` is true: the turn is to be read from its beginning once more. What
   * was missing at the end of the text then comes with the turn's end. Throws ProblemError
   * `cursor_expired` where text that was shown is not that of the turn.
   */
  admit(events: readonly TurnEvent[]): { events: readonly TurnEvent[]; again: boolean }
}

export function createTextCheck(): TextCheck {
  let shown = ''
  /** The text of the second reading, once there is one. */
  let replayed: string | undefined
  return {
    admit(events) {
      const text = textOf(events)
      const outcome = outcomeOf(events)
      if (replayed === undefined) {
        shown += text
        if (outcome === undefined || isWhole(outcome, shown.length)) return { events, again: false }
        replayed = ''
        return { events: events.slice(0, -1), again: true }
      }
      replayed += text
      if (outcome === undefined) return { events: [], again: false }
      if (!replayed.startsWith(shown)) {
        throw new ProblemError('cursor_expired', 'what was shown is not what the daemon has stored')
      }
      const end = events.slice(-1)
      // Read the same twice: then it is the length that is wrong.
      if (replayed === shown) return { events: end, again: false }
      const rest: TurnEvent = { event: 'delta', data: { text: replayed.slice(shown.length) } }
      return { events: [rest, ...end], again: false }
    },
  }
}

/** The end of a deleted session's turn tells of no message. */
function isWhole({ messages }: TurnOutcome, length: number): boolean {
  return messages.length === 0 || messages.reduce((sum, one) => sum + one.length, 0) === length
}

function textOf(events: readonly TurnEvent[]): string {
  return events.map((event) => (event.event === 'delta' ? event.data.text : '')).join('')
}
