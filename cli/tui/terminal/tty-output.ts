import { writeSync } from 'node:fs'
import type { Timer } from './tty-timer.js'
import { setBlocking, writeNow } from './tty-write.js'

/** What is needed of process.stdout to write to it. */
export type OutputStream = NodeJS.WritableStream & { readonly fd: number }

/** The first try again, and how far apart they may come to be while nothing is taken, ms. */
const firstRetryMs = 5
const mostRetryMs = 100

/** Writes to a terminal that may take nothing for a while, or never again, without waiting for it. */
export interface TtyOutput {
  /** A part of what was written still waits. */
  readonly isBusy: boolean
  /** In order; what the terminal does not take at once follows as soon as it does. */
  write(text: string): void
  /** Writes what waits and then `text` before it returns, or gives both up after half a second. */
  writeNow(text: string): void
  /** Other programs on this terminal expect it to hold up who writes; nothing may be waiting. */
  lend(isLent: boolean): void
}

export function createTtyOutput(options: {
  readonly stdout: OutputStream
  readonly timer: Timer
  /** All of it has been taken. */
  onDrain(): void
  onError(): void
}): TtyOutput {
  const { stdout, timer, onDrain, onError } = options
  let waiting: Buffer = Buffer.alloc(0)
  /** Where the platform has no such terminals the stream does as well as it can. */
  let isOwn = false
  let retryMs = firstRetryMs
  let cancel = (): void => undefined

  const send = (): void => {
    try {
      while (waiting.length > 0) {
        waiting = waiting.subarray(writeSync(stdout.fd, waiting))
        retryMs = firstRetryMs
      }
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') {
        cancel = timer(retry, retryMs)
        retryMs = Math.min(2 * retryMs, mostRetryMs)
        return
      }
      waiting = Buffer.alloc(0)
      onError()
    }
  }
  const retry = (): void => {
    send()
    if (waiting.length === 0) onDrain()
  }
  return {
    get isBusy() {
      return waiting.length > 0
    },
    write(text) {
      if (!isOwn) {
        stdout.write(text)
        return
      }
      const isFirst = waiting.length === 0
      waiting = Buffer.concat([waiting, Buffer.from(text)])
      if (isFirst) send()
    },
    writeNow(text) {
      cancel()
      const before = waiting
      waiting = Buffer.alloc(0)
      writeNow(stdout.fd, Buffer.concat([before, Buffer.from(text)]))
    },
    lend(isLent) {
      isOwn = setBlocking(stdout, isLent) && !isLent
    },
  }
}
