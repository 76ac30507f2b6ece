import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { createLog } from '../../daemon/log.js'
import type { Connection } from '../../daemon/postgres/connection.js'
import { openManagedPostgres } from '../../daemon/postgres/open.js'
import { migrate } from '../../daemon/store/migrate.js'

declare module 'vitest' {
  interface ProvidedContext {
    postgres: Connection
  }
}

/** Has the schema of sql/; every test database is a copy of it. */
export const templateDatabase = 'template_c2a'

const packageRoot = fileURLToPath(new URL('../..', import.meta.url))
const log = createLog({ level: 'warn' })

/** Starts one Postgres for the run: the same code that a personal daemon runs, without fsync. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = mkdtempSync(join(tmpdir(), 'c2a-test-'))
  // Root's Postgres runs as another user, who must get in for the data to stay in this directory.
  chmodSync(home, 0o711)
  const postgres = await openManagedPostgres({
    home,
    packageRoot,
    env: process.env,
    log,
    fsync: false,
    // Each test file has pools of its own.
    maxConnections: 200,
  })
  const teardown = async () => {
    await postgres.stop()
    for (const path of [home, postgres.dataDir]) rmSync(path, { recursive: true, force: true })
  }
  try {
    await makeTemplate(postgres.connection)
  } catch (error) {
    await teardown()
    throw error
  }
  project.provide('postgres', postgres.connection)
  return teardown
}

async function makeTemplate(connection: Connection): Promise<void> {
  const client = new pg.Client(connection)
  await client.connect()
  await client.query(`create database ${templateDatabase} template template0`)
  await client.end()
  const pool = new pg.Pool({ ...connection, database: templateDatabase })
  await migrate(pool, { directory: join(packageRoot, 'sql'), log })
  await pool.end()
}
