/** Ends the program once what it wrote is out; a pipe's reader may be slow. */
export function exitWith(code: number): void {
  process.stdout.write('', () => process.exit(code))
}

/** `| head -1`: the reader has what it wanted, which is no error of ours. */
export function quietOnBrokenPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}
