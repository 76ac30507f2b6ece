import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { heartbeat } from '../turns/frames.js'

/** A reader that takes nothing for this long is dropped; it can resume, ms. */
const stalledMs = 30_000

export interface SseOptions {
  heartbeatMs: number
  headers?: Record<string, string>
}

/**
 * An event stream on the raw response: one write a batch, waiting for a slow reader, whose cost is
 * what the socket buffers. (Hono's own streaming costs twice the CPU a delta.)
 */
export interface SseSink {
  /** Aborted when the reader is gone or stalled. */
  readonly signal: AbortSignal
  open(): void
  write(frames: string): Promise<void>
  end(): void
}

export function createSseSink(response: ServerResponse, options: SseOptions): SseSink {
  const gone = new AbortController()
  let timer: NodeJS.Timeout | undefined
  response.on('close', () => {
    clearInterval(timer)
    gone.abort()
  })
  response.on('error', () => gone.abort())
  return {
    signal: gone.signal,
    open() {
      response.writeHead(200, {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-cache, no-transform',
        'X-Accel-Buffering': 'no',
        ...options.headers,
      })
      response.flushHeaders()
      response.socket?.setNoDelay(true)
      timer = setInterval(() => {
        if (!response.writableNeedDrain) response.write(heartbeat)
      }, options.heartbeatMs)
    },
    async write(frames) {
      if (gone.signal.aborted || response.write(frames)) return
      const stalled = AbortSignal.any([gone.signal, AbortSignal.timeout(stalledMs)])
      try {
        await once(response, 'drain', { signal: stalled })
      } catch {
        // Gone, or took nothing for too long: free what it holds.
        response.destroy()
      }
    },
    end() {
      clearInterval(timer)
      response.end()
    },
  }
}
