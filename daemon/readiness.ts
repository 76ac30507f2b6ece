import { statfs } from 'node:fs/promises'
import type { Ready } from '../shared/contract/health.js'
import type { Database } from './database.js'
import type { Gateway, GatewayStatus } from './gateway/types.js'
import { query } from './store/pool.js'
import type { TurnService } from './turns/service.js'

/** A database that has said nothing for so long does not answer, ms. */
const patienceMs = 2_000

interface Parts {
  database: Database
  turns: TurnService
  gateway: Gateway
  /** The default model of the configuration. */
  model: string | undefined
}

type Details = NonNullable<Ready['details']>

/**
 * Ready when the database answers and the daemon is not draining; the gateway is only reported, and
 * asked only where the details are wanted.
 */
export async function readReadiness(parts: Parts, wanted: { details: boolean }): Promise<Ready> {
  const { database, turns, gateway, model } = parts
  if (!wanted.details && turns.draining) return { ready: false }
  const [version, more, status] = await Promise.all([
    readVersion(database),
    wanted.details ? readMore(database) : undefined,
    wanted.details ? gateway.status() : undefined,
  ])
  const ready = version !== null && !turns.draining
  if (status === undefined) return { ready }
  return {
    ready,
    details: {
      database: { ok: version !== null, managed: database.managed, version, ...more },
      ...(model !== undefined && { model }),
      draining: turns.draining,
      live_turns: turns.liveCount,
      gateway: gatewayDetails(status),
    },
  }
}

function gatewayDetails(status: GatewayStatus): Details['gateway'] {
  const { reachable, kind, url, version, hasKey, slow, error } = status
  return {
    ...{ reachable, kind, url },
    ...(version !== undefined && { version }),
    has_key: hasKey,
    ...(slow && { slow }),
    ...(error && { problem: error.message, problem_code: error.code }),
    ...(error?.hint !== undefined && { hint: error.hint }),
  }
}

/** Whether it does, within two seconds. */
export async function databaseAnswers(database: Database): Promise<boolean> {
  return (await readVersion(database)) !== null
}

/** Null: it does not answer. */
function readVersion(database: Database): Promise<string | null> {
  const sql = `SELECT split_part(current_setting('server_version'), ' ', 1) AS value`
  return readValue<string>(database, 'ready', sql)
}

/** Where it is, whether its schema is ours, and how much room a managed one has. */
async function readMore(database: Database): Promise<Partial<Details['database']>> {
  const { dataDir, address, schema: newest } = database
  const where = dataDir ?? address
  const [version, free] = await Promise.all([
    readValue<number>(database, 'schema', 'SELECT max(version) AS value FROM schema_migrations'),
    dataDir === undefined ? undefined : readFree(dataDir),
  ])
  return {
    ...(where !== undefined && { where }),
    ...(newest !== undefined && { schema: { version, newest } }),
    ...(free !== undefined && { free_bytes: free }),
  }
}

/** Undefined where the file system does not tell. */
function readFree(directory: string): Promise<number | undefined> {
  return statfs(directory).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  )
}

/** The one value of a query; null where there is none in time. */
async function readValue<Value extends string | number>(
  { pool }: Database,
  name: string,
  sql: string,
): Promise<Value | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, patienceMs, null)
  })
  const asked = query<{ value: Value }>(pool, name, sql).then(
    ([row]) => row?.value ?? null,
    () => null,
  )
  const value = await Promise.race([asked, late])
  clearTimeout(timer)
  return value
}
