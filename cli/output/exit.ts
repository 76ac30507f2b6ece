/** Ends the program once what it wrote is out; a pipe's reader may be slow. */
export function exitWith(code: number): void {
  process.stdout.write('', () => process.exit(code))
}

/**
 * `| head -1`: the reader has what it wanted, which is no error of ours. Anything else (a full disk)
 * is told in a line, since nothing more can be written.
 */
export function watchStdout(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    process.stderr.write(`c2a: cannot write to stdout (${error.code ?? error.message})\n`)
    process.exit(1)
  })
}
