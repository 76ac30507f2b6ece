import type { TurnEvent } from '../../shared/contract/event.js'
import { sanitise, sanitiseLine, takeWhole } from '../text/sanitise.js'

/** An answer on a terminal that only appends: its text as it comes, under a line that says whose. */
export interface LineAnswer {
  /** The daemon has the message. */
  readonly isStarted: boolean
  take(events: readonly TurnEvent[]): void
  /** Tells the user something in the middle of it all. */
  note(text: string): void
  /** Ends the line that is open. */
  end(): void
}

export function createLineAnswer(output: {
  write(text: string): void
  /** Prints a line that is not the model's. */
  notice(text: string): void
}): LineAnswer {
  let isStarted = false
  let isOpen = false
  let held = ''
  const put = (text: string): void => {
    if (text === '') return
    output.write(sanitise(text))
    isOpen = !text.endsWith('\n')
  }
  const end = (): void => {
    put(held)
    held = ''
    if (isOpen) output.write('\n')
    isOpen = false
  }
  const note = (text: string): void => {
    end()
    output.notice(text)
  }
  const show = ({ event, data }: TurnEvent): void => {
    switch (event) {
      case 'delta': {
        const { ready, held: rest } = takeWhole(held + data.text)
        held = rest
        return put(ready)
      }
      case 'turn.started':
        isStarted = true
        // The phases of a plan say it themselves.
        return data.plan === undefined ? speaker(data.model) : undefined
      case 'phase':
        return speaker(data.phase === 'plan' ? `Plan by ${data.model}` : data.model)
      case 'warning':
        return note(data.detail)
    }
  }
  const speaker = (name: string): void => note(sanitiseLine(`${name}:`))
  return {
    get isStarted() {
      return isStarted
    },
    take(events) {
      for (const event of events) show(event)
    },
    note,
    end,
  }
}
