import type { Ready } from '../shared/contract/health.js'
import type { Database } from './database.js'
import type { Gateway } from './gateway/types.js'
import { query } from './store/pool.js'
import type { TurnService } from './turns/service.js'

/** Ready when the database answers and the daemon is not draining; the gateway is only reported. */
export async function readReadiness(parts: {
  database: Database
  turns: TurnService
  gateway: Gateway
}): Promise<Ready> {
  const { database, turns, gateway } = parts
  const [version, status] = await Promise.all([
    query<{ version: string }>(
      database.pool,
      'ready',
      `SELECT split_part(current_setting('server_version'), ' ', 1) AS version`,
    ).then(
      ([row]) => row?.version ?? null,
      () => null,
    ),
    gateway.status(),
  ])
  return {
    ready: version !== null && !turns.draining,
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
