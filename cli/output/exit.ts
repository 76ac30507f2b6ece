/** Ends the program once what it wrote is out; a pipe's reader may be slow. */
export function exitWith(code: number): void {
  process.stdout.write('', () => {
    if (!isLeaving) process.exit(code)
  })
}

/** What there is still to do when stdout's reader has gone, and for how long that is waited for, ms. */
let lastWork: (() => Promise<unknown>) | undefined
/** It is being done. */
let isLeaving = false
const lastWorkMs = 2_000

/** Has this done before the program ends because its output has no reader any more. */
export function beforeBrokenPipe(work: () => Promise<unknown>): void {
  lastWork = work
}

/**
 * `| head -1`: the reader has what it wanted, which is no error of ours. Anything else (a full disk)
 * is told in a line, since nothing more can be written.
 */
export function watchStdout(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return leaveQuietly()
    process.stderr.write(`c2a: cannot write to stdout (${error.code ?? error.message})\n`)
    process.exit(1)
  })
}

function leaveQuietly(): void {
  const leave = (): void => process.exit(0)
  if (lastWork === undefined) return leave()
  // Whatever is written meanwhile fails, too.
  if (isLeaving) return
  isLeaving = true
  const late = setTimeout(leave, lastWorkMs)
  const done = (): void => {
    clearTimeout(late)
    leave()
  }
  lastWork().then(done, done)
}
