import type pg from 'pg'
import type { ImportSummary } from '../../shared/contract/backup.js'
import type { Identity } from '../http/access.js'
import { type ExportOptions, exportChunks } from './export.js'
import { importFile } from './import.js'
import { createSlots } from './slots.js'

export interface Backup {
  /** Throws ProblemError `not_found` and `rate_limited` before the first chunk. */
  read(identity: Identity, options: ExportOptions): AsyncGenerator<Uint8Array>
  /** Throws ProblemError; what came before is stored then. `gone`: nobody waits for it any more. */
  merge(
    identity: Identity,
    file: AsyncIterable<Uint8Array>,
    gone: AbortSignal,
  ): Promise<ImportSummary>
}

export function createBackup(bulk: pg.Pool): Backup {
  const slots = createSlots()
  return {
    async *read(identity, options) {
      const free = slots.take(identity)
      try {
        yield* exportChunks(bulk, options)
      } finally {
        free()
      }
    },
    async merge(identity, file, gone) {
      const free = slots.take(identity)
      try {
        return await importFile(bulk, identity, file, gone)
      } finally {
        free()
      }
    },
  }
}
