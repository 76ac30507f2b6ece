import type { Plan } from './common.js'
import type { Kind, Status, Usage } from './message.js'
import type { Problem } from './problem.js'

/** One message of a finished turn; its text was sent already. */
export interface TurnMessage {
  id: string
  seq: number
  kind: Kind
  status: Status
  /** The model that answered, which a fallback may change. */
  model: string | null
  finish_reason: string | null
  /** UTF-16 units, so that a client can check what it received. */
  length: number
}

export interface TurnOutcome {
  turn_id: string
  session_id: string
  status: Status
  messages: TurnMessage[]
  usage?: Usage
  /** How long it took, ms; unknown where the daemon died. */
  elapsed_ms?: number
  problem?: Problem
  /** A retry that brought less than the answer of this turn, which it was to replace: that is shown again. */
  restored_turn_id?: string
}

/**
 * What a turn's stream brings, by the name on the wire (`delta` stands for the unnamed OpenAI
 * chunks). Exactly one terminal event comes, last.
 */
interface EventData {
  'turn.started': {
    turn_id: string
    session_id: string
    user_message_id: string
    /** Message and model of the answer. */
    message_id: string
    model: string
    role_name?: string
    plan?: Plan
    /** The turn whose answer this one replaces. */
    retry_of?: string
  }
  phase: { phase: 'plan' | 'answer'; message_id: string; model: string }
  delta: { text: string }
  reasoning: { text: string }
  usage: Usage
  warning: { code: string; detail: string }
  'turn.done': TurnOutcome
  'turn.stopped': TurnOutcome
  'turn.failed': TurnOutcome
  'turn.interrupted': TurnOutcome
}

export type EventName = keyof EventData

/** `id` is `<turn>:<n>`; pieces of one event share it and only the last carries it. */
export type TurnEvent = {
  [Name in EventName]: { event: Name; data: EventData[Name]; id?: string }
}[EventName]

export const terminalEvents = {
  complete: 'turn.done',
  stopped: 'turn.stopped',
  failed: 'turn.failed',
  interrupted: 'turn.interrupted',
} as const satisfies Record<Exclude<Status, 'streaming'>, EventName>

/** The comment that a turn's stream brings while its daemon waits for the database; `hb` when it does not. */
export const stalledComment = 'hb stalled'

export function isTerminal(event: string): boolean {
  return Object.hasOwn(terminalNames, event)
}

/** How the turn ended, where the last of these events says so. */
export function outcomeOf(events: readonly TurnEvent[]): TurnOutcome | undefined {
  const last = events.at(-1)
  return last !== undefined && 'messages' in last.data ? last.data : undefined
}

const terminalNames: Record<string, true> = {
  'turn.done': true,
  'turn.stopped': true,
  'turn.failed': true,
  'turn.interrupted': true,
}
