import type { IncomingMessage } from 'node:http'
import { createSseReader, type SseEvent } from '../sse.js'

/**
 * The events of a response as they arrive, until it ends or its connection breaks, which this does
 * not tell apart. Throws SseTooLargeError. Who leaves early closes the connection.
 */
export async function* readSse(
  response: IncomingMessage,
  onComment?: (text: string) => void,
): AsyncGenerator<SseEvent[]> {
  const reader = createSseReader({ onComment })
  try {
    for await (const chunk of response) yield reader.push(chunk)
  } catch (error) {
    // A cut connection, not a broken frame.
    if (!response.destroyed) throw error
  } finally {
    response.destroy()
  }
}
