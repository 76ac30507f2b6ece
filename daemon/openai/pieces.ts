import { isTerminal, type TurnOutcome } from '../../shared/contract/event.js'
import type { Usage } from '../../shared/contract/message.js'
import { type Problem, ProblemError } from '../../shared/contract/problem.js'
import type { FinishReason, GatewayEvent } from '../gateway/types.js'
import type { StoredEvent } from '../store/turns.js'
import { createTextGate } from '../text-gate.js'

/** What a completion brings, wherever it comes from; exactly one `end` or `error`, last. */
export type Piece =
  | { type: 'model'; name: string }
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string }
  | { type: 'end'; finish: FinishReason; usage?: Usage | undefined }
  | { type: 'error'; problem: Problem }

/** Of a completion that is not stored. */
export async function* piecesOfCompletion(
  events: AsyncIterable<GatewayEvent>,
): AsyncGenerator<Piece> {
  const gate = createTextGate()
  const reasoning = createTextGate()
  let usage: Usage | undefined
  for await (const event of events) {
    if (event.type === 'model') yield { type: 'model', name: event.name }
    if (event.type === 'text') yield* textOf(gate.push(event.text))
    if (event.type === 'reasoning') yield* textOf(reasoning.push(event.text), 'reasoning')
    if (event.type === 'usage') usage = event.usage
    if (event.type === 'error') {
      const { code, message, hint } = event.error
      yield* textOf(gate.end())
      yield {
        type: 'error',
        problem: new ProblemError(code, message, hint === undefined ? {} : { hint }).toProblem(),
      }
    }
    if (event.type === 'done') {
      yield* textOf(gate.end())
      yield { type: 'end', finish: event.finish, usage }
    }
  }
}

function* textOf(text: string, type: 'text' | 'reasoning' = 'text'): Generator<Piece> {
  if (text !== '') yield { type, text }
}

/** Of a turn, by its committed events. What cannot be followed is an error; the turn goes on. */
export async function* piecesOfTurn(
  batches: AsyncIterable<readonly StoredEvent[]>,
): AsyncGenerator<Piece> {
  try {
    for await (const batch of batches) {
      for (const { event, data } of batch) {
        if (event === 'turn.started') yield { type: 'model', name: JSON.parse(data).model }
        if (event === 'delta') yield { type: 'text', text: data }
        if (event === 'reasoning') yield { type: 'reasoning', text: data }
        if (!isTerminal(event)) continue
        const outcome: TurnOutcome = JSON.parse(data)
        // The one that answered, which a fallback may have changed.
        const model = outcome.messages.at(-1)?.model
        if (typeof model === 'string') yield { type: 'model', name: model }
        return yield endOf(outcome)
      }
    }
  } catch (error) {
    if (error instanceof ProblemError) return yield { type: 'error', problem: error.toProblem() }
    throw error
  }
  const lost = new ProblemError('stream_truncated', 'the answer could not be followed to its end')
  yield { type: 'error', problem: lost.toProblem() }
}

/** A part of an answer must not pass for the whole of it, whoever has stopped it. */
function endOf({ status, problem, messages, usage }: TurnOutcome): Piece {
  const finish = messages.at(-1)?.finish_reason
  if (status === 'complete') return { type: 'end', finish: asFinish(finish), usage }
  const stopped = status === 'stopped'
  const error = stopped
    ? new ProblemError('cancelled', 'the answer was stopped')
    : new ProblemError('shutting_down', 'the answer was interrupted')
  return { type: 'error', problem: problem ?? error.toProblem() }
}

function asFinish(reason: string | null | undefined): FinishReason {
  return reason === 'length' || reason === 'tool_calls' || reason === 'content_filter'
    ? reason
    : 'stop'
}
