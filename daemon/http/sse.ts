import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Context } from 'hono'
import { heartbeat } from '../turns/frames.js'
import type { AppEnv } from './env.js'

/** A reader that takes nothing for this long is dropped; it can resume, ms. */
const stalledMs = 30_000

export interface SseOptions {
  heartbeatMs: number
  /** For tests. Default 30 s. */
  stalledMs?: number
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

export function createSseSink(c: Context<AppEnv>, options: SseOptions): SseSink {
  const response: ServerResponse = c.env.outgoing
  const gone = new AbortController()
  let timer: NodeJS.Timeout | undefined
  response.on('close', () => {
    clearInterval(timer)
    gone.abort()
  })
  response.on('error', () => gone.abort())
  // It may have left while the turn was being started.
  if (response.destroyed) gone.abort()
  return {
    signal: gone.signal,
    open() {
      if (gone.signal.aborted) return
      response.writeHead(200, {
        // What the middleware has set: the request's id, and what an allowed Origin needs to read it.
        ...Object.fromEntries(c.res.headers),
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-cache, no-transform',
        'X-Accel-Buffering': 'no',
      })
      response.flushHeaders()
      response.socket?.setNoDelay(true)
      timer = setInterval(() => {
        if (!response.writableNeedDrain) response.write(heartbeat)
      }, options.heartbeatMs)
    },
    async write(frames) {
      if (gone.signal.aborted || response.write(frames)) return
      // A timer, not AbortSignal.any(): Node 20 collects that one as garbage, and it never fires.
      const stalled = setTimeout(() => response.destroy(), options.stalledMs ?? stalledMs)
      try {
        await once(response, 'drain', { signal: gone.signal })
      } catch {
        // Gone, or took nothing for too long.
      } finally {
        clearTimeout(stalled)
      }
    },
    end() {
      clearInterval(timer)
      response.end()
    },
  }
}
