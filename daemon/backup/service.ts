import type pg from 'pg'
import type { ImportSummary } from '../../shared/contract/backup.js'
import type { Identity } from '../http/access.js'
import { type ExportOptions, exportChunks } from './export.js'
import { importFile } from './import.js'

export interface Backup {
  /** Throws ProblemError `not_found` and `rate_limited` before the first chunk. */
  read(options: ExportOptions): AsyncGenerator<Uint8Array>
  /** Throws ProblemError; what came before is stored then. */
  merge(identity: Identity, file: AsyncIterable<Uint8Array>): Promise<ImportSummary>
}

export function createBackup(bulk: pg.Pool): Backup {
  return {
    read: (options) => exportChunks(bulk, options),
    merge: (identity, file) => importFile(bulk, identity, file),
  }
}
