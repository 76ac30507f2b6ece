import type { Ready } from '../shared/contract/health.js'
import type { Database } from './database.js'
import type { Gateway } from './gateway/types.js'
import { query } from './store/pool.js'
import type { TurnService } from './turns/service.js'

/** A database that has said nothing for so long does not answer, ms. */
const patienceMs = 2_000

/**
 * Ready when the database answers and the daemon is not draining; the gateway is only reported, and
 * asked only where the details are wanted.
 */
export async function readReadiness(
  parts: { database: Database; turns: TurnService; gateway: Gateway },
  wanted: { details: boolean },
): Promise<Ready> {
  const { database, turns, gateway } = parts
  if (!wanted.details && turns.draining) return { ready: false }
  const [version, status] = await Promise.all([
    readVersion(database),
    wanted.details ? gateway.status() : undefined,
  ])
  const ready = version !== null && !turns.draining
  if (status === undefined) return { ready }
  return {
    ready,
    details: {
      database: { ok: version !== null, managed: database.managed, version },
      draining: turns.draining,
      live_turns: turns.liveCount,
      gateway: {
        reachable: status.reachable,
        kind: status.kind,
        url: status.url,
        ...(status.version !== undefined && { version: status.version }),
        ...(status.error && { problem: status.error.message }),
      },
    },
  }
}

/** Null: it does not answer. */
async function readVersion({ pool }: Database): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, patienceMs, null)
  })
  const asked = query<{ version: string }>(
    pool,
    'ready',
    `SELECT split_part(current_setting('server_version'), ' ', 1) AS version`,
  ).then(
    ([row]) => row?.version ?? null,
    () => null,
  )
  const version = await Promise.race([asked, late])
  clearTimeout(timer)
  return version
}
