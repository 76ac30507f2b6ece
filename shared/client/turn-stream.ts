import type { IncomingMessage } from 'node:http'
import { type EventName, isTerminal, type TurnEvent } from '../contract/event.js'
import { createSseReader, type SseEvent } from '../sse.js'

const names: Record<string, true> = {
  'turn.started': true,
  phase: true,
  reasoning: true,
  usage: true,
  warning: true,
  'turn.done': true,
  'turn.stopped': true,
  'turn.failed': true,
  'turn.interrupted': true,
}

function isEventName(name: string): name is Exclude<EventName, 'delta'> {
  return Object.hasOwn(names, name)
}

/** Undefined for `[DONE]` and for events of a newer daemon. */
function toTurnEvent({ event, data, id }: SseEvent): TurnEvent | undefined {
  const tag = id === undefined ? {} : { id }
  if (event !== undefined) {
    // The daemon is our own: its JSON is what the contract says.
    return isEventName(event) ? ({ event, data: JSON.parse(data), ...tag } as TurnEvent) : undefined
  }
  if (data === '[DONE]') return undefined
  const chunk: { choices?: { delta?: { content?: string } }[] } = JSON.parse(data)
  const text = chunk.choices?.[0]?.delta?.content
  return text === undefined ? undefined : { event: 'delta', data: { text }, ...tag }
}

/**
 * The events of a turn's stream, in batches as they arrive. Ends after the terminal event, or
 * earlier when the connection breaks: whoever did not see a terminal event may resume.
 */
export async function* readTurnStream(response: IncomingMessage): AsyncGenerator<TurnEvent[]> {
  const reader = createSseReader()
  try {
    for await (const chunk of response) {
      const events = reader.push(chunk).flatMap((event) => toTurnEvent(event) ?? [])
      if (events.length > 0) yield events
      if (events.some(({ event }) => isTerminal(event))) return
    }
  } catch (error) {
    // A cut connection, not a broken frame.
    if (!response.destroyed) throw error
  } finally {
    response.destroy()
  }
}
