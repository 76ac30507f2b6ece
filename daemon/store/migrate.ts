import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pool, PoolClient } from 'pg'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Log } from '../log.js'

/** Any constant will do, as long as every daemon uses the same one. */
const lockKey = 0x63326131

interface Migration {
  version: number
  name: string
}

/** The numbered files of `directory`, in order. `init/` and other files are not migrations. */
async function listMigrations(directory: string): Promise<Migration[]> {
  const names = await readdir(directory)
  return names
    .flatMap((name) => {
      const number = /^(\d{3})_[a-z_]+\.sql$/.exec(name)?.[1]
      return number === undefined ? [] : [{ version: Number(number), name }]
    })
    .sort((a, b) => a.version - b.version)
}

async function appliedVersions(client: PoolClient): Promise<Set<number>> {
  const { rows: found } = await client.query<{ found: string | null }>(
    `SELECT to_regclass('schema_migrations')::text AS found`,
  )
  if (found[0]?.found == null) return new Set()
  const { rows } = await client.query<{ version: number }>('SELECT version FROM schema_migrations')
  return new Set(rows.map((row) => row.version))
}

/** Any text may be in an answer. What another encoding lacks would cost the whole of it. */
async function checkEncoding(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ server_encoding: string }>('SHOW server_encoding')
  const encoding = rows[0]?.server_encoding
  if (encoding === 'UTF8') return
  throw new ProblemError(
    'db_unavailable',
    `the database keeps its texts in ${encoding}, which has not every character: c2a needs one in UTF8`,
    { hint: 'Make one with: createdb -T template0 -E UTF8 NAME' },
  )
}

/**
 * Brings the database up to date. Each file is one transaction that records itself, so psql can run
 * the same files; one advisory lock keeps daemons that start together apart. Throws ProblemError
 * `db_unavailable` when the schema is newer than this daemon, or the encoding is not UTF8. Gives the
 * newest version.
 */
export async function migrate(
  pool: Pool,
  options: { directory: string; log: Log },
): Promise<number> {
  const migrations = await listMigrations(options.directory)
  const newest = migrations.at(-1)?.version ?? 0
  const client = await pool.connect()
  // A connection that dies between two statements fails the next one; without a listener, the process.
  client.on('error', (error) => options.log.warn({ error: error.message }, 'migrating broke off'))
  try {
    await checkEncoding(client)
    // Another daemon may be migrating, and a large database takes its time.
    await client.query('SET statement_timeout = 0; SET lock_timeout = 0')
    await client.query('SELECT pg_advisory_lock($1)', [lockKey])
    const applied = await appliedVersions(client)
    const beyond = Math.max(0, ...applied)
    if (beyond > newest) {
      throw new ProblemError(
        'db_unavailable',
        `the database has schema version ${beyond}, this daemon knows ${newest}: update c2a`,
      )
    }
    for (const { version, name } of migrations) {
      if (applied.has(version)) continue
      await client.query(await readFile(join(options.directory, name), 'utf8'))
      options.log.info({ version, name }, 'migrated the database')
    }
    return newest
  } finally {
    // Ends the connection, and with it the lock, its setting and a transaction that failed half-way.
    client.release(true)
  }
}
