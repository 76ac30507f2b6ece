import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as passed } from 'node:timers/promises'
import type { Context } from 'hono'
import type { DatabaseWatch } from '../store/database-watch.js'
import { heartbeat, stalledHeartbeat } from '../turns/frames.js'
import type { AppEnv } from './env.js'
import { createPipeEdges, packetGapMs, packetsOf } from './whole-frames.js'

export interface SseTimes {
  heartbeatMs: number
  /** Between the packets for a reader of whole frames, ms. Default `packetGapMs`. */
  gapMs?: number
  /** A reader that has not taken one write after this is dropped; it can resume, ms. */
  stalledMs: number
}

export interface SseOptions extends SseTimes {
  /** Where a database that is away holds the stream up: heartbeats say so, at once when it begins and ends. */
  watch?: Pick<DatabaseWatch, 'stalled' | 'onChange'> | undefined
  /** Called when it opens, and when it has closed. */
  live?(change: 1 | -1): void
  /** The reader keeps nothing between two reads: the original web client. */
  wholeFrames?: boolean
}

/**
 * An event stream on the raw response. A write waits for a slow reader, whose cost is what was
 * written last, so writes are to be small. (Hono's own streaming costs twice the CPU a delta.)
 */
export interface SseSink {
  /** Aborted when the reader is gone or stalled. */
  readonly signal: AbortSignal
  open(): void
  write(frames: string | Uint8Array): Promise<void>
  end(): void
}

export function createSseSink(c: Context<AppEnv>, options: SseOptions): SseSink {
  const response: ServerResponse = c.env.outgoing
  const gone = new AbortController()
  const { watch } = options
  let timer: NodeJS.Timeout | undefined
  let unwatch: (() => void) | undefined
  let isOpen = false
  const edges = options.wholeFrames ? createPipeEdges() : undefined
  const { gapMs = packetGapMs } = options
  const beat = (): void => {
    if (response.writableNeedDrain) return
    const comment = watch?.stalled ? stalledHeartbeat : heartbeat
    response.write(edges?.(comment) ?? comment)
  }
  const send = async (frames: string | Uint8Array): Promise<void> => {
    if (gone.signal.aborted || response.write(frames)) return
    // A timer, not AbortSignal.any(): Node 20 collects that one as garbage, and it never fires.
    const stalled = setTimeout(() => response.destroy(), options.stalledMs)
    try {
      await once(response, 'drain', { signal: gone.signal })
    } catch {
      // Gone, or took nothing for too long.
    } finally {
      clearTimeout(stalled)
    }
  }
  const gap = async (): Promise<void> => {
    if (gapMs === 0) return
    await passed(gapMs, undefined, { signal: gone.signal }).catch(() => undefined)
  }
  const quieten = (): void => {
    clearInterval(timer)
    unwatch?.()
  }
  response.on('close', () => {
    quieten()
    if (isOpen) options.live?.(-1)
    isOpen = false
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
      isOpen = true
      options.live?.(1)
      response.socket?.setNoDelay(true)
      timer = setInterval(beat, options.heartbeatMs)
      unwatch = watch?.onChange(beat)
      if (watch?.stalled) beat()
    },
    async write(frames) {
      if (edges === undefined) return send(frames)
      for (const packet of packetsOf(Buffer.from(frames).toString('utf8'))) {
        // Megabytes in packets are minutes, which nobody waits for any more.
        if (gone.signal.aborted) return
        await send(edges(packet))
        await gap()
      }
    },
    end() {
      quieten()
      response.end()
    },
  }
}
