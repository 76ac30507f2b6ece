import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { inject, onTestFinished, TestRunner } from 'vitest'
import { createLog } from '../../daemon/log.js'
import type { Connection } from '../../daemon/postgres/connection.js'
import { createPool } from '../../daemon/store/pool.js'
import { templateDatabase } from './postgres-setup.js'

export interface TestDatabase {
  /** Made as the daemon makes its own. */
  readonly pool: pg.Pool
  /** For more pools, or a LISTEN of one's own. */
  readonly connection: Connection
  /** The same for C2A_DATABASE_URL. */
  readonly url: string
  /** Ends the pool and drops the database, whoever is still in it. Happens by itself after a test. */
  drop(): Promise<void>
}

/** A fresh database with the schema of sql/, in about 15 ms. Outside of a test the caller drops it. */
export function createTestDatabase(): Promise<TestDatabase> {
  return copyOf(templateDatabase)
}

/** A fresh database without any tables, for tests of the migrations. */
export function emptyDatabase({ encoding = 'UTF8' } = {}): Promise<TestDatabase> {
  return copyOf('template0', encoding === 'UTF8' ? '' : `encoding '${encoding}' locale 'C'`)
}

async function copyOf(template: string, options = ''): Promise<TestDatabase> {
  const database = `t_${randomUUID().replaceAll('-', '')}`
  await administer(`create database ${database} template ${template} strategy file_copy ${options}`)
  const connection = { ...inject('postgres'), database }
  const pool = createPool({ ...connection }, createLog({ level: 'error' }))
  let dropped: Promise<void> | undefined
  const dropOnce = async () => {
    // Not waited for: a test of a crash may never give its client back.
    pool.end().catch(() => undefined)
    await administer(`drop database ${database} with (force)`)
  }
  const drop = () => {
    dropped ??= dropOnce()
    return dropped
  }
  if (TestRunner.getCurrentTest() !== undefined) onTestFinished(drop)
  return { pool, connection, url: urlOf(connection), drop }
}

/** At any port, such as that of a proxy. */
export type Reachable = Omit<Connection, 'port'> & { port: number }

/** For C2A_DATABASE_URL. */
export function urlOf({ host, port, user, database }: Reachable): string {
  return `postgresql://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`
}

/** "The source database is being accessed": two tests copy at the same time. */
const objectInUse = '55006'

export async function administer(statement: string): Promise<void> {
  for (;;) {
    const client = new pg.Client(inject('postgres'))
    await client.connect()
    try {
      await client.query(statement)
      return
    } catch (error) {
      if ((error as { code?: string }).code !== objectInUse) throw error
    } finally {
      await client.end()
    }
    await sleep(5)
  }
}
