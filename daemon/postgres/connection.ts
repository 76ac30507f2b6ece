import pg from 'pg'
import { databaseUser } from './cluster.js'

const database = 'c2a'

/** Fits `pg.Pool` and `pg.Client`; names everything that PGPORT and its like would fill in. */
export interface Connection {
  readonly host: string
  readonly port: 5432
  readonly user: string
  readonly database: string
  readonly ssl: false
}

export function connectionTo(socketDir: string, name = database): Connection {
  return { host: socketDir, port: 5432, user: databaseUser, database: name, ssl: false }
}

/** What a server answered: its version, or the code of its refusal (`ENOENT`, `57P03`, ...). */
export type Answer = { readonly version: string } | { readonly refusal: string }

/** Knocks once, and makes the daemon's database where it is missing. */
export async function knock(socketDir: string): Promise<Answer> {
  const client = new pg.Client({
    ...connectionTo(socketDir, 'postgres'),
    connectionTimeoutMillis: 2000,
    query_timeout: 10_000,
  })
  // A server that dies in between says so here, too; the rejection below is enough.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ version: string; exists: boolean }>(
      `select split_part(current_setting('server_version'), ' ', 1) as version,
              exists (select from pg_database where datname = $1) as exists`,
      [database],
    )
    if (rows[0]?.exists === false) await client.query(`create database ${database}`)
    return { version: rows[0]?.version ?? '' }
  } catch (error) {
    return { refusal: (error as { code?: string }).code ?? 'no answer' }
  } finally {
    await client.end().catch(() => undefined)
  }
}
