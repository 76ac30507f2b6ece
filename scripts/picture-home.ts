import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { createLog } from '../daemon/log.js'
import { openManagedPostgres } from '../daemon/postgres/open.js'
import { type Client, createClient } from '../shared/client/client.js'
import type { DaemonFile } from '../shared/home.js'
import type { Closing } from './picture-closing.js'

/** A running daemon in a home of its own, with a database that one can get at. */
export interface PictureHome {
  readonly directory: string
  /** The whole environment of a client. */
  readonly env: Readonly<Record<string, string>>
  readonly client: Client
  /** Runs a statement as the owner of the database, without triggers. */
  sql(statement: string, parameters: readonly unknown[]): Promise<void>
}

interface HomeStart {
  /** The checkout. */
  readonly root: string
  readonly gateway: string
  readonly closing: Closing
}

/** Starts the daemon; `closing` stops it and removes the files. */
export async function openHome({ root, gateway, closing }: HomeStart): Promise<PictureHome> {
  const base = mkdtempSync(join(tmpdir(), 'c2a-picture-'))
  closing.add(() => rmSync(base, { recursive: true, force: true }))
  const directory = join(base, 'home')
  const database = join(base, 'database')
  // Root's Postgres runs as another user, who must get in.
  chmodSync(base, 0o711)
  mkdirSync(directory)
  mkdirSync(database, { mode: 0o711 })

  const opening = openManagedPostgres({
    ...{ home: database, packageRoot: root, env: process.env, fsync: false },
    log: createLog({ level: 'error' }),
  })
  closing.add(async () => {
    const { dataDir, stop } = await opening
    await stop()
    rmSync(dataDir, { recursive: true, force: true })
  })
  const { connection } = await opening

  const host = encodeURIComponent(connection.host)
  const env = {
    ...{ PATH: process.env['PATH'] ?? '', HOME: directory, LANG: 'C.UTF-8', TZ: 'UTC' },
    ...{ TERM: 'xterm-256color', C2A_HOME: directory, LITELLM_ENDPOINT: gateway },
    C2A_DATABASE_URL: `postgresql://${connection.user}@/${connection.database}?host=${host}&port=${connection.port}`,
    C2A_DRAIN_MS: '200',
  }
  const daemon = (...args: string[]): void => {
    execFileSync(process.execPath, [join(root, 'bin', 'c2a'), 'daemon', ...args], {
      ...{ env, cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] },
    })
  }
  closing.add(() => daemon('stop', '--now'))
  daemon('start')
  const file: DaemonFile = JSON.parse(readFileSync(join(directory, 'daemon.json'), 'utf8'))
  const token = readFileSync(join(directory, 'token'), 'utf8').trim()
  const client = createClient({ target: { socketPath: file.socket }, token })
  closing.add(client.close)
  return {
    ...{ directory, env, client },
    async sql(statement, parameters) {
      const direct = new pg.Client({ ...connection })
      await direct.connect()
      try {
        await direct.query('set session_replication_role = replica')
        await direct.query(statement, [...parameters])
      } finally {
        await direct.end()
      }
    },
  }
}
