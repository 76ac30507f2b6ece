import type pg from 'pg'
import type { Gateway, GatewayStatus } from '../gateway/types.js'
import type { Registry } from './registry.js'

type Pools = Readonly<Record<string, Pick<pg.Pool, 'totalCount' | 'idleCount' | 'waitingCount'>>>

interface Options {
  registry: Registry
  pools: Pools
  turns: { readonly liveCount: number; readonly draining: boolean }
  gateway: Pick<Gateway, 'status'>
  /** Whether the database answers; soon, whatever it does. */
  databaseAnswers(): Promise<boolean>
  /** How long a scrape waits for the gateway, ms; what comes later is told the next time. */
  gatewayPatienceMs?: number
}

/** A scraper gives up after ten seconds, a gateway that hangs takes longer to show it, ms. */
const usualPatienceMs = 2_000

/** What stands now, around this daemon. Returns the look that is to be taken before each scrape. */
export function registerState(options: Options): () => Promise<void> {
  const { registry, turns, pools, gatewayPatienceMs = usualPatienceMs } = options
  let databaseUp = false
  let gateway: GatewayStatus | undefined
  let asking: Promise<void> | undefined

  registry.gauge('c2a_turns_live', 'Answers that this daemon is getting', () => turns.liveCount)
  registry.gauge('c2a_draining', '1 while it ends: no new turns', () => Number(turns.draining))
  registry.gauge('c2a_database_up', '1 when the database answers', () => Number(databaseUp))
  const each = (read: (pool: Pools[string]) => number) => () =>
    Object.entries(pools).map(([pool, one]) => ({ labels: { pool }, value: read(one) }))
  registry.gauge(
    'c2a_database_connections',
    'Connections of a pool',
    each((pool) => pool.totalCount),
  )
  registry.gauge(
    'c2a_database_connections_idle',
    'Those that nobody uses',
    each((pool) => pool.idleCount),
  )
  registry.gauge(
    'c2a_database_waiting',
    'Work that waits for a connection of a pool',
    each((pool) => pool.waitingCount),
  )
  registry.gauge('c2a_gateway_up', '1 when the gateway answers and takes our key', () =>
    Number(gateway?.reachable === true && gateway.error === undefined),
  )
  registry.gauge('c2a_gateway_info', 'Always 1; what the gateway is, once it has answered', () => {
    if (gateway === undefined || !gateway.reachable) return undefined
    const { kind, version = '', error } = gateway
    return [{ labels: { kind, version, problem: error?.code ?? '' }, value: 1 }]
  })

  /** One question at a time; one that was not answered counts as an answer of its own. */
  const askGateway = async (): Promise<void> => {
    asking ??= options.gateway.status().then(
      (status) => {
        gateway = status
        asking = undefined
      },
      () => {
        gateway = undefined
        asking = undefined
      },
    )
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, gatewayPatienceMs, 'late')
    })
    if ((await Promise.race([asking, late])) === 'late') gateway = undefined
    clearTimeout(timer)
  }

  return async () => {
    const [answers] = await Promise.all([options.databaseAnswers(), askGateway()])
    databaseUp = answers
  }
}
