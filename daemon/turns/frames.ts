import { isTerminal, stalledComment } from '../../shared/contract/event.js'
import type { StoredEvent } from '../store/turns.js'
import { cut, utf8Size } from './recorder.js'

export const done = 'data: [DONE]\n\n'
export const heartbeat = ': hb\n\n'
export const stalledHeartbeat = `: ${stalledComment}\n\n`

/**
 * The wire form of committed events: text as OpenAI chunks without a name, everything else as a
 * named event. `maxBytes` cuts text for the original web client, whose reader loses a frame that is
 * split over two reads; only the last piece carries the id, so that a resume repeats no half.
 */
export function toFrames(turnId: string, event: StoredEvent, maxBytes = Infinity): string {
  const id = `id: ${turnId}:${event.n}\n`
  if (event.event !== 'delta' && event.event !== 'reasoning') {
    const frame = `event: ${event.event}\n${id}data: ${event.data}\n\n`
    return isTerminal(event.event) ? frame + done : frame
  }
  const pieces = maxBytes === Infinity ? [event.data] : cut(event.data, maxBytes, quotedSize)
  const last = pieces.length - 1
  return pieces
    .map((piece, index) => textFrame(event.event, index === last ? id : '', piece))
    .join('')
}

/** Bytes of a code point inside a JSON string. */
function quotedSize(point: number): number {
  if (point < 0x20) return shortEscapes.has(point) ? 2 : 6
  return point === 0x22 || point === 0x5c ? 2 : utf8Size(point)
}

/** \b \t \n \f \r */
const shortEscapes = new Set([8, 9, 10, 12, 13])

function textFrame(event: string, id: string, text: string): string {
  const quoted = JSON.stringify(text)
  if (event === 'reasoning') return `event: reasoning\n${id}data: {"text":${quoted}}\n\n`
  return `${id}data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":${quoted}}}]}\n\n`
}
