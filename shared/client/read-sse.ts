import type { IncomingMessage } from 'node:http'
import { ProblemError } from '../contract/problem.js'
import { createSseReader, type SseEvent, SseTooLargeError } from '../sse.js'

/**
 * The events of a response as they arrive, until it ends or its connection breaks, which this does
 * not tell apart. Throws ProblemError `daemon_unreachable` where one is larger than any that a daemon
 * sends. Who leaves early closes the connection.
 */
export async function* readSse(
  response: IncomingMessage,
  onComment?: (text: string) => void,
): AsyncGenerator<SseEvent[]> {
  const reader = createSseReader({ onComment })
  try {
    for await (const chunk of response) yield reader.push(chunk)
  } catch (error) {
    if (error instanceof SseTooLargeError) throw damaged(error.message)
    // A cut connection, not a broken frame.
    if (!response.destroyed) throw error
  } finally {
    response.destroy()
  }
}

/** What came is not what a daemon says: another connection may bring it whole. */
export function damaged(how: string): ProblemError {
  return new ProblemError('daemon_unreachable', `the stream is damaged: ${how}`)
}
