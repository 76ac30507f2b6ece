import { writeSync } from 'node:fs'

const patienceMs = 500
const pauseMs = 5

/**
 * Writes all of it before it returns, so that it works while the process ends. A terminal that is
 * gone, or takes nothing for half a second, is not written to; one that blocks is waited for.
 */
export function writeNow(fd: number, text: string | Buffer): void {
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

/**
 * Whether writes to this terminal wait until it takes them, as Node has it. A process that waits
 * there for a terminal which nobody reads any more does not even get signals. False: it stays as it
 * is, as for what is no terminal, and on Windows.
 */
export function setBlocking(stream: object, isOn: boolean): boolean {
  // Node has no other way to say so.
  const handle: unknown = Reflect.get(stream, '_handle')
  if (typeof handle !== 'object' || handle === null || !('setBlocking' in handle)) return false
  return typeof handle.setBlocking === 'function' && handle.setBlocking(isOn) === 0
}
