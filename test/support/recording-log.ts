import type { Log } from '../../daemon/log.js'

/** Every line that was logged, as JSON, and which of them were errors. */
export function recordingLog(): Log & { lines: string[]; errors: string[] } {
  const lines: string[] = []
  const errors: string[] = []
  const add = (...parts: unknown[]): void => void lines.push(JSON.stringify(parts))
  const error = (...parts: unknown[]): void => {
    add(...parts)
    errors.push(JSON.stringify(parts))
  }
  return { lines, errors, debug: add, info: add, warn: add, error }
}
