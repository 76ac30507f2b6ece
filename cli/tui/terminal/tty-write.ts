import { writeSync } from 'node:fs'

const patienceMs = 500
const pauseMs = 5

/**
 * Writes all of it before it returns, so that it works while the process ends. A terminal that is
 * gone, or takes nothing for half a second, is not written to.
 */
export function writeNow(fd: number, text: string): void {
  const deadline = performance.now() + patienceMs
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      const isBusy = error instanceof Error && 'code' in error && error.code === 'EAGAIN'
      if (!isBusy || performance.now() > deadline) return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs)
    }
  }
}
