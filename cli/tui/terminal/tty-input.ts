import type { InputEvent } from './event.js'
import { createInputParser } from './input.js'
import type { Timer } from './tty-timer.js'
import { createTyping } from './typing.js'

/** What is needed of process.stdin. */
export type TtyStdin = NodeJS.ReadableStream & {
  readonly fd: number
  setRawMode(on: boolean): unknown
}

const silenceMs = 50

export interface TtyInput {
  /** Reads, key by key. */
  start(): void
  /** Leaves what is typed from now on to others, line by line. */
  stop(): void
}

/** Reads events from the keyboard; not yet, but after `start`. */
export function createTtyInput(options: {
  readonly stdin: TtyStdin
  readonly timer: Timer
  onEvent(event: InputEvent): void
  /** The terminal is gone. May be called more than once. */
  onHangup(): void
}): TtyInput {
  const { stdin, timer, onEvent, onHangup } = options
  const typing = createTyping(onEvent)
  let parser = createInputParser(typing.add)
  let reads = 0
  let cancel = (): void => undefined

  const awaitSilence = (): void => {
    cancel()
    if (!parser.waiting) return
    const before = reads
    cancel = timer(() => {
      // After a long task the next bytes may have come already; they are read before this runs.
      setImmediate(() => {
        if (reads !== before) return
        parser.expire()
        typing.flush()
        awaitSilence()
      })
    }, silenceMs)
  }
  const onData = (chunk: Buffer | string): void => {
    reads += 1
    parser.push(chunk)
    typing.flush()
    awaitSilence()
  }
  // Stays for good: also after us, nothing is to crash because the terminal is gone.
  stdin.on('error', onHangup)
  return {
    start() {
      parser = createInputParser(typing.add)
      stdin.setRawMode(true)
      stdin.on('data', onData).on('end', onHangup)
      stdin.resume()
    },
    stop() {
      stdin.off('data', onData).off('end', onHangup)
      stdin.pause()
      stdin.setRawMode(false)
      reads += 1
      cancel()
    },
  }
}
