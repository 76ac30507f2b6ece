import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { createLog } from '../../daemon/log.js'
import {
  type ManagedPostgres,
  type ManagedPostgresOptions,
  openManagedPostgres,
} from '../../daemon/postgres/open.js'
import { temporaryDirectory } from './scripts.js'

export const packageRoot = fileURLToPath(new URL('../..', import.meta.url))

/** A home and a shared root that Postgres' user can enter, whoever runs the tests. */
export function testPlaces(): { home: string; sharedRoot: string } {
  const directory = temporaryDirectory()
  const places = { home: join(directory, 'home'), sharedRoot: join(directory, 'shared') }
  mkdirSync(places.home)
  chmodSync(directory, 0o711)
  chmodSync(places.home, 0o711)
  return places
}

/** Opens with fsync off; stopped after the test. */
export async function openForTest(
  options: Partial<ManagedPostgresOptions> & { home: string },
): Promise<ManagedPostgres> {
  const postgres = await openManagedPostgres({
    packageRoot,
    env: process.env,
    log: createLog({ level: 'silent' }),
    fsync: false,
    ...options,
  })
  onTestFinished(async () => {
    await postgres.stop()
    rmSync(postgres.dataDir, { recursive: true, force: true })
  })
  return postgres
}

/** One statement over a connection of its own; gives the rows. */
export async function query(
  { connection }: Pick<ManagedPostgres, 'connection'>,
  statement: string,
): Promise<unknown[]> {
  const client = new pg.Client(connection)
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}
