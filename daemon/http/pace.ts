import type { IncomingMessage, ServerResponse } from 'node:http'
import { ProblemError } from '../../shared/contract/problem.js'

/** How slow the other side of a long transfer may be before it is cut. */
export interface Pace {
  /** What it is judged over, ms. */
  windowMs: number
  /** On average over a window, bytes a second. */
  least: number
}

/** Less than any modem; who is slower holds a slot and a snapshot that others wait for. */
export const usualPace: Pace = { windowMs: 60_000, least: 4 * 1024 }

/** So many pieces may be small: the last ones of lines, of frames, of a slow network. */
const smallPieces = 100_000
/** What the rest must have on average, bytes. A piece costs as much CPU as kilobytes. */
const leastPiece = 64

/** Counts the pieces that a body comes in. Throws ProblemError `invalid_request` when they are many and tiny. */
export function createPieceCount(): (bytes: number) => void {
  let pieces = 0
  let total = 0
  return (bytes) => {
    pieces += 1
    total += bytes
    if (pieces <= smallPieces || total >= (pieces - smallPieces) * leastPiece) return
    throw new ProblemError(
      'invalid_request',
      `the body comes in more than ${smallPieces} pieces of a few bytes`,
    )
  }
}

/**
 * A body as it comes, not faster than it is read. It stays open, so that an error can be told. Throws
 * ProblemError `too_slow`; only the time counts that we have waited for the sender.
 */
export async function* received(
  incoming: IncomingMessage,
  { windowMs, least }: Pace,
): AsyncGenerator<Uint8Array> {
  const chunks = incoming.iterator({ destroyOnReturn: false })
  const count = createPieceCount()
  const wanted = (least * windowMs) / 1_000
  let leftMs = windowMs
  let came = 0

  const inTime = async <Result>(coming: Promise<Result>): Promise<Result> => {
    let timer: NodeJS.Timeout | undefined
    let began = performance.now()
    const slow = new Promise<never>((_, reject) => {
      const judge = (): void => {
        if (came < wanted) return reject(tooSlow(came, windowMs))
        came = 0
        leftMs = windowMs
        began = performance.now()
        timer = setTimeout(judge, leftMs)
      }
      timer = setTimeout(judge, leftMs)
    })
    try {
      return await Promise.race([coming, slow])
    } catch (error) {
      if (error instanceof ProblemError) throw error
      throw new ProblemError('invalid_request', 'the file broke off on its way', { cause: error })
    } finally {
      clearTimeout(timer)
      leftMs = Math.max(1, leftMs - (performance.now() - began))
    }
  }

  for (;;) {
    const coming = chunks.next()
    // Nobody waits for it any more where it was too slow.
    coming.catch(() => undefined)
    const next = await inTime(coming)
    if (next.done) return
    count(next.value.length)
    came += next.value.length
    yield next.value
  }
}

function tooSlow(bytes: number, windowMs: number): ProblemError {
  const detail = `only ${bytes} bytes came in ${Math.ceil(windowMs / 1_000)} s`
  return new ProblemError('too_slow', detail)
}

/** Cuts a response whose reader takes less than the pace while it is waited for. Gives what ends it. */
export function cutSlowReader(response: ServerResponse, { windowMs, least }: Pace): () => void {
  const { socket } = response
  let before = socket?.bytesWritten ?? 0
  const timer = setInterval(() => {
    const now = socket?.bytesWritten ?? 0
    const isWaiting = response.writableNeedDrain
    if (isWaiting && now - before < (least * windowMs) / 1_000) response.destroy()
    before = now
  }, windowMs)
  timer.unref()
  return () => clearInterval(timer)
}
