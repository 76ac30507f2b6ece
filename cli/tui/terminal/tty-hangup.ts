import { closeSync } from 'node:fs'
import { isatty } from 'node:tty'

/**
 * Lets the process end in order when its terminal is gone: Node restores the modes of the terminals
 * it was started with, and aborts with a core dump when one of them is no longer there; it passes
 * over those that were closed.
 */
export function closeWhenGone(fds: readonly number[]): void {
  const terminals = [...new Set(fds)].filter((fd) => isatty(fd))
  if (terminals.length === 0) return
  process.on('exit', () => {
    for (const fd of terminals) if (!isatty(fd)) closeSync(fd)
  })
}
