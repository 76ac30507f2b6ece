import { onTestFinished } from 'vitest'
import { createLog } from '../../../daemon/log.js'
import { createPool } from '../../../daemon/store/pool.js'
import { type TestDatabase, urlOf } from '../../support/database.js'
import { eventually } from '../../support/eventually.js'
import { openForTest, testPlaces } from '../../support/managed-postgres.js'

/** A Postgres that no other test uses, so that it may be stopped: as a personal daemon runs it, fsync and all. */
export interface OwnPostgres {
  readonly database: TestDatabase
  /**
   * As `pg_ctl stop -m immediate` does: no checkpoint, no farewell. Whoever supervises it starts it
   * again. Resolves when it answers.
   */
  stopImmediately(): Promise<void>
  /** Stops it, until `comeBack`: immediately (SIGQUIT), or fast (SIGINT). */
  goAway(signal: 'SIGQUIT' | 'SIGINT'): Promise<void>
  comeBack(): Promise<void>
  /** Ends all connections to it from the server's side but the one that asks for it. */
  terminateBackends(): Promise<void>
}

/** It is gone after the test. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const options = { ...testPlaces(), fsync: true, maxConnections: 100 }
  let postgres = await openForTest(options)
  const { connection } = postgres
  const pool = createPool({ ...connection }, createLog({ level: 'silent' }))
  const drop = (): Promise<void> => pool.end()
  onTestFinished(drop)
  return {
    database: { pool, connection, url: urlOf(connection), drop },
    async stopImmediately() {
      const { pid } = postgres
      process.kill(pid, 'SIGQUIT')
      await eventually(async () => {
        if (postgres.pid === pid) throw new Error('Postgres has not been started again')
        await pool.query('SELECT')
      })
    },
    async goAway(signal) {
      process.kill(postgres.pid, signal)
      // Nobody starts it again.
      await postgres.stop()
    },
    async comeBack() {
      postgres = await openForTest(options)
      await pool.query('SELECT')
    },
    async terminateBackends() {
      await pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
      )
    },
  }
}
