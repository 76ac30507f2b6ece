import { execFile, execFileSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { migrate } from '../../daemon/store/migrate.js'
import { createPool } from '../../daemon/store/pool.js'
import { openForTest, packageRoot, query, testPlaces } from '../support/managed-postgres.js'
import { recordingLog } from '../support/recording-log.js'

/*
 * sql/init/10-databases.sh, run as the image of Postgres runs it, against a real server. The image brings
 * psql; where this machine has none (15 or newer, for \getenv), there is nothing to run it with.
 */

function psqlMajor(): number {
  try {
    const said = execFileSync('psql', ['--version'], { encoding: 'utf8' })
    return Number(/ (\d+)/.exec(said)?.[1] ?? 0)
  } catch {
    return 0
  }
}

const withPsql = test.skipIf(psqlMajor() < 15)
const directory = join(packageRoot, 'sql')
const migrations = readdirSync(directory).filter((name) => /^\d{3}_.*\.sql$/.test(name))
const passwords = { C2A_DB_PASSWORD: "it's ours", LITELLM_DB_PASSWORD: 'theirs' }

/** A server as the image has it before the init script: a superuser named in POSTGRES_USER, and nothing of ours. */
async function freshServer(superuser = 'postgres') {
  const postgres = await openForTest(testPlaces())
  await query(postgres, `CREATE ROLE ${superuser} SUPERUSER LOGIN PASSWORD 'secret'`)
  const { host } = postgres.connection
  const as = (user: string, database: string, password = 'secret') => ({
    connection: { ...postgres.connection, user, database, password },
  })
  // The managed server's own names are those that the script is to make.
  await query(as(superuser, 'postgres'), 'ALTER DATABASE c2a RENAME TO managed')
  await query(as(superuser, 'postgres'), 'ALTER ROLE c2a RENAME TO managed')
  const init = (env: Record<string, string> = passwords) =>
    new Promise<{ code: number; said: string }>((resolve) => {
      const child = execFile(
        join(directory, 'init', '10-databases.sh'),
        {
          env: {
            PATH: process.env['PATH'],
            PGHOST: host,
            PGPORT: '5432',
            POSTGRES_USER: superuser,
            POSTGRES_PASSWORD: 'secret',
            C2A_SQL: directory,
            ...env,
          },
        },
        (_error, stdout, stderr) =>
          resolve({ code: child.exitCode ?? 1, said: `${stderr}${stdout}`.trim() }),
      )
    })
  /** From here on a password is asked for, as over the containers' network. */
  const askForPasswords = async () => {
    writeFileSync(join(postgres.dataDir, 'pg_hba.conf'), 'local all all scram-sha-256\n')
    await query(as(superuser, 'postgres'), 'SELECT pg_reload_conf()')
  }
  return { as, superuser, init, askForPasswords }
}

const ready = { code: 0, said: 'c2a: databases c2a and litellm are ready' }
const ownersOf = `SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'`

withPsql(
  'what a first start makes is entered by each role with its own password alone',
  async () => {
    const { as, init, askForPasswords } = await freshServer()
    expect(await init()).toEqual(ready)

    // The daemon's migrator finds its own tables, all of them, and nothing to do.
    const database = as('c2a', 'c2a')
    expect(await query(database, ownersOf)).toEqual([{ tableowner: 'c2a' }])
    const applied = 'SELECT version, applied_at FROM schema_migrations ORDER BY version'
    const before = await query(database, applied)
    expect(before).toHaveLength(migrations.length)
    const log = recordingLog()
    const pool = createPool(database.connection, log)
    await migrate(pool, { directory, log })
    await pool.end()
    expect(await query(database, applied)).toEqual(before)

    await askForPasswords()
    const { C2A_DB_PASSWORD: ours, LITELLM_DB_PASSWORD: theirs } = passwords
    const who = 'SELECT current_user, current_database()'
    expect(await query(as('c2a', 'c2a', ours), who)).toEqual([
      { current_user: 'c2a', current_database: 'c2a' },
    ])
    // Prisma makes LiteLLM's tables.
    await query(as('litellm_app', 'litellm', theirs), 'CREATE TABLE keys (id int)')
    await expect(query(as('litellm_app', 'c2a', theirs), who)).rejects.toMatchObject({
      code: '42501',
    })
    await expect(query(as('c2a', 'litellm', ours), who)).rejects.toMatchObject({ code: '42501' })
    await expect(query(as('c2a', 'c2a', theirs), who)).rejects.toMatchObject({ code: '28P01' })
    const powers = 'rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls'
    const mighty = `SELECT rolname FROM pg_roles WHERE rolname IN ('c2a', 'litellm_app') AND (${powers})`
    expect(await query(as('c2a', 'c2a', ours), mighty)).toEqual([])
  },
)

withPsql('without a password it makes nothing; run again, it loses nothing', async () => {
  const { as, superuser, init, askForPasswords } = await freshServer()
  const { code, said } = await init({ LITELLM_DB_PASSWORD: 'theirs' })
  expect(code).not.toBe(0)
  expect(said).toContain('C2A_DB_PASSWORD: is missing in .env.postgres')
  const made = `SELECT datname FROM pg_database WHERE datname IN ('c2a', 'litellm')`
  expect(await query(as(superuser, 'postgres'), made)).toEqual([])

  await init()
  await query(as('c2a', 'c2a'), `INSERT INTO sessions (title) VALUES ('kept')`)
  expect(await init({ ...passwords, C2A_DB_PASSWORD: 'another' })).toEqual(ready)
  await askForPasswords()
  expect(await query(as('c2a', 'c2a', 'another'), 'SELECT title FROM sessions')).toEqual([
    { title: 'kept' },
  ])
})

withPsql("an original stack's database, renamed, becomes the daemon's own", async () => {
  const { as, superuser, init } = await freshServer('litellm')
  await query(as(superuser, 'postgres'), 'CREATE DATABASE chat2anyllm')
  await query(
    as(superuser, 'chat2anyllm'),
    `CREATE EXTENSION IF NOT EXISTS plpgsql;
     CREATE TABLE sessions (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), title text NOT NULL DEFAULT 'New Chat',
       created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
     CREATE TYPE mood AS ENUM ('good');
     CREATE TABLE counted (id serial);
     CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at := now(); RETURN NEW; END';
     INSERT INTO sessions (title) VALUES ('old');`,
  )
  await query(as(superuser, 'postgres'), 'CREATE DATABASE litellm')
  await query(as(superuser, 'litellm'), 'CREATE TABLE "LiteLLM_Keys" (id int)')

  await query(as(superuser, 'postgres'), 'ALTER DATABASE chat2anyllm RENAME TO c2a')
  expect(await init()).toEqual(ready)

  expect(await query(as('c2a', 'c2a'), 'SELECT title, owner FROM sessions')).toEqual([
    { title: 'old', owner: 'local' },
  ])
  expect(await query(as('c2a', 'c2a'), ownersOf)).toEqual([{ tableowner: 'c2a' }])
  // Nothing is left that only the old owner could change.
  await query(as('c2a', 'c2a'), `DROP TABLE counted; ALTER TYPE mood ADD VALUE 'better'`)
  await query(as('litellm_app', 'litellm'), 'ALTER TABLE "LiteLLM_Keys" ADD COLUMN name text')
})
