import type { Turn } from '../../shared/contract/chat.js'
import { type TurnOutcome, terminalEvents } from '../../shared/contract/event.js'
import type { Message } from '../../shared/contract/message.js'
import type { StoredEvent } from '../store/turns.js'
import { cut, maxRowBytes } from './recorder.js'

/** A finished turn whose events were folded away after a day, told again from its messages. */
export function replayMessages(turn: Turn, messages: readonly Message[]): StoredEvent[] {
  if (turn.status === 'streaming') return []
  const answers = messages.filter((m) => m.turn_id === turn.id && m.role === 'assistant')
  const answer = answers.at(-1)
  const shown = messages.find((m) => m.id === answer?.variant_of)
  const rows: Omit<StoredEvent, 'n'>[] = []
  const json = (event: string, data: unknown, messageId: string | null = null): void => {
    rows.push({ event, data: JSON.stringify(data), message_id: messageId })
  }
  const text = (event: string, messageId: string, whole: string): void => {
    for (const data of cut(whole, maxRowBytes)) rows.push({ event, data, message_id: messageId })
  }
  json('turn.started', {
    turn_id: turn.id,
    session_id: turn.session_id,
    user_message_id: turn.user_message_id,
    message_id: answer?.id,
    model: turn.model,
    ...(turn.role_name !== null && { role_name: turn.role_name }),
    ...(turn.plan !== null && { plan: turn.plan }),
    ...(turn.retry_of !== undefined && { retry_of: turn.retry_of }),
  })
  for (const { id, kind, model, content, reasoning } of answers) {
    if (kind !== 'chat') json('phase', { phase: kind, message_id: id, model })
    if (reasoning) text('reasoning', id, reasoning)
    if (content) text('delta', id, content)
  }
  const outcome: TurnOutcome = {
    turn_id: turn.id,
    session_id: turn.session_id,
    status: turn.status,
    messages: answers.map((message) => ({
      id: message.id,
      seq: message.seq,
      kind: message.kind,
      status: message.status,
      model: message.model,
      finish_reason: message.finish_reason ?? null,
      length: message.content.length,
    })),
    ...(turn.usage && { usage: turn.usage }),
    ...(turn.elapsed_ms !== undefined && { elapsed_ms: turn.elapsed_ms }),
    ...(turn.problem && { problem: turn.problem }),
    ...(turn.retry_of !== undefined &&
      shown?.turn_id === turn.retry_of && { restored_turn_id: turn.retry_of }),
  }
  json(terminalEvents[turn.status], outcome)
  return rows.map((row, index) => ({ ...row, n: index + 1 }))
}
