import type { Message } from '../../../shared/contract/message.js'
import type { Session } from '../../../shared/contract/session.js'
import type { Entry } from '../transcript/entry.js'
import type { Place } from './retry.js'

/** The turn that is answering in a session, as far as these messages and what is known of it say. */
export function liveTurnOf(session: Session, messages: readonly Message[]): string | undefined {
  const streaming = messages.findLast(({ status }) => status === 'streaming')?.turn_id
  if (streaming !== undefined) return streaming
  // Its messages are there and none of them is being written: it has ended since.
  return isBehind(session, messages) ? (session.live_turn_id ?? undefined) : undefined
}

/** The session's turn began after these messages were read. */
export function isBehind({ live_turn_id }: Session, messages: readonly Message[]): boolean {
  return live_turn_id !== null && messages.every(({ turn_id }) => turn_id !== live_turn_id)
}

/** What a running turn has brought so far is left out: it is replayed. */
export function entriesOf(messages: readonly Message[], liveTurn: string | undefined): Entry[] {
  return messages
    .filter(
      ({ role, turn_id }) => role === 'user' || liveTurn === undefined || turn_id !== liveTurn,
    )
    .map((message) => ({ kind: 'message', message }))
}

/** How a turn that runs already is to be shown: since when, and how many older answers it has. */
export function beginningOf(messages: readonly Message[], turnId: string): Place {
  const own = messages.filter(({ turn_id, role }) => turn_id === turnId && role === 'assistant')
  const begun = own[0]?.created_at
  return {
    variants: own.at(-1)?.variants ?? 0,
    ...(begun !== undefined && { startedAt: Date.parse(begun) }),
  }
}
