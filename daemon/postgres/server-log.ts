import {
  closeSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
} from 'node:fs'

const maxBytes = 1024 * 1024

/** The file that Postgres writes to, opened by the daemon, so that Postgres' user need not reach it. */
export function openServerLog(path: string): number {
  if (sizeOf(path) > maxBytes) renameSync(path, `${path}.1`)
  return openSync(path, 'a', 0o600)
}

/** A running server keeps its file, so this one is emptied where it stands; the server appends. */
export function limitServerLog(path: string): void {
  if (sizeOf(path) > maxBytes) truncateSync(path)
}

/** Why the server that began to log at byte `from` gave up, in its own words. */
export function lastFatal(path: string, from: number): string | undefined {
  const fd = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(Math.min(Math.max(fstatSync(fd).size - from, 0), maxBytes))
    readSync(fd, buffer, 0, buffer.length, from)
    const lines = buffer.toString('utf8').trim().split('\n')
    return (
      /(?:FATAL|PANIC): {2}(.*)/.exec(lines.findLast((line) => fatal.test(line)) ?? '')?.[1] ??
      lines.at(-1)
    )
  } finally {
    closeSync(fd)
  }
}

export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

const fatal = /(?:FATAL|PANIC): {2}/
