import type { Message } from '../../../shared/contract/message.js'
import type { State } from '../state/state.js'
import type { MessageEntry } from '../transcript/entry.js'

/** A turn that is followed, or that is on its way to the daemon. */
export interface Run {
  readonly sessionId: string
  readonly cut: AbortController
  /** Undefined until it was accepted. */
  turnId: string | undefined
  /** What to give back when it was never accepted. */
  readonly sent: Sent | undefined
  /** Answered by the demo in a session that has no model of its own. */
  readonly isStandIn: boolean
  isStopWanted: boolean
  /** Nothing that still comes of it matters. */
  isOver: boolean
}

export interface Sent {
  readonly entryId: string
  readonly text: string
}

export function newRun(
  sessionId: string,
  known: Partial<Pick<Run, 'sent' | 'turnId' | 'isStandIn'>>,
): Run {
  const { sent, turnId, isStandIn = false } = known
  const fresh = { isStopWanted: false, isOver: false }
  return { sessionId, cut: new AbortController(), turnId, sent, isStandIn, ...fresh }
}

/** While no gateway answers, the demo does, and the banner says so. */
export function insteadOfGateway({ catalogue }: State): { model: string; plan: null } | undefined {
  if (catalogue?.source !== 'offline') return undefined
  const [demo] = catalogue.data
  return demo && { model: demo.id, plan: null }
}

/** A message of the user's that is not read back from the daemon. */
export function userEntry(id: string, text: string): MessageEntry {
  const at = new Date().toISOString()
  const fixed = { role: 'user', kind: 'chat', status: 'complete', model: null } as const
  const message: Message = { id, content: text, seq: 0, created_at: at, timestamp: at, ...fixed }
  return { kind: 'message', message }
}
