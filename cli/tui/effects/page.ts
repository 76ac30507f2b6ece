import type { Message } from '../../../shared/contract/message.js'
import type { Session } from '../../../shared/contract/session.js'
import type { Entry } from '../transcript/entry.js'

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

/** How many older answers a turn's answer has. */
export function variantsOf(messages: readonly Message[], turnId: string): number {
  return messages.findLast(({ turn_id }) => turn_id === turnId)?.variants ?? 0
}

/** The id of what is shown: a message's own. */
export function idOf(entry: Entry): string {
  return entry.kind === 'notice' ? entry.id : entry.message.id
}
