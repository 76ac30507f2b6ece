import { closeSync, constants, fstatSync, openSync, renameSync, writeSync } from 'node:fs'
import pino from 'pino'

/** What the daemon's parts log to: JSON lines, ids and sizes only, never prompts or keys. */
export type Log = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'>

const maxBytes = 10 * 1024 * 1024

/**
 * A log file that is moved to `FILE.1` when it passes 10 MB, so that a daemon never fills a disk.
 * Writes are synchronous: the line before a crash is the one that matters.
 */
class RotatingFile {
  readonly #path: string
  #fd: number
  #size: number

  constructor(path: string) {
    this.#path = path
    this.#fd = openToAppend(path)
    this.#size = fstatSync(this.#fd).size
  }

  write(line: string): void {
    try {
      this.#write(line)
    } catch {
      // A full disk: the daemon goes on, and says more when there is room again.
    }
  }

  #write(line: string): void {
    if (this.#size > maxBytes) {
      closeSync(this.#fd)
      renameSync(this.#path, `${this.#path}.1`)
      this.#fd = openToAppend(this.#path)
      this.#size = 0
    }
    this.#size += writeSync(this.#fd, line)
  }
}

/** Not through a link, which may lead to a file that is no log. */
function openToAppend(path: string): number {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants
  // Windows knows no O_NOFOLLOW.
  return openSync(path, O_WRONLY | O_APPEND | O_CREAT | (O_NOFOLLOW ?? 0), 0o600)
}

/** `file` unset: JSON lines on stderr, for a foreground daemon. */
export function createLog(options: { level: string; file?: string | undefined }): pino.Logger {
  const settings = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  if (options.file !== undefined) return pino(settings, new RotatingFile(options.file))
  return pino(settings, pino.destination({ dest: 2, sync: true }))
}
