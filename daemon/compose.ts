import { randomUUID } from 'node:crypto'
import { build, version } from '../shared/build.js'
import { createApp } from './app.js'
import { createBackup } from './backup/service.js'
import type { Config } from './config.js'
import type { Database } from './database.js'
import { createGatewayWatch } from './events/gateway-watch.js'
import { createHints } from './events/hints.js'
import type { Http } from './gateway/http.js'
import type { Gateway } from './gateway/types.js'
import { createAccess } from './http/access.js'
import { createLimits } from './http/limits.js'
import { createOpenStreams } from './http/open-streams.js'
import { type Pace, usualPace } from './http/pace.js'
import type { Log } from './log.js'
import { meterGateway } from './metrics/meter-gateway.js'
import { createMetrics } from './metrics/metrics.js'
import { cutRevoked } from './people/cut-revoked.js'
import { createMadeTokens } from './people/made-tokens.js'
import { readReadiness } from './readiness.js'
import type { App, Services } from './routes/services.js'
import { createSearch } from './search/service.js'
import type { Secret } from './secret.js'
import { createHooks, type HooksOptions } from './slack/hooks.js'
import { createSlack } from './slack/service.js'
import { createBell } from './store/bell.js'
import { createDatabaseWatch } from './store/database-watch.js'
import { createEventWriter } from './store/event-writer.js'
import { createListener } from './store/listener.js'
import { createMessageStore } from './store/messages.js'
import { createRoleStore } from './store/roles.js'
import { createSearchStore } from './store/search.js'
import { createSessionStore } from './store/sessions.js'
import { createSlackStore } from './store/slack.js'
import { readSpend } from './store/spend.js'
import { createTokenStore } from './store/tokens.js'
import { createTurnStore } from './store/turns.js'
import { createLeases } from './turns/leases.js'
import { createLeftTurns } from './turns/left-turns.js'
import { createTurnService, type TurnService } from './turns/service.js'
import { shareReads } from './turns/shared-reads.js'
import { createSpool } from './turns/spool.js'
import { createUnstored } from './turns/unstored.js'

export interface ComposeOptions {
  config: Pick<
    Config,
    | 'model'
    | 'budget'
    | 'time'
    | 'listen'
    | 'allowedHosts'
    | 'allowedOrigins'
    | 'adminToken'
    | 'metricsToken'
    | 'limits'
  >
  /** Closed by whoever opened it. */
  database: Database
  gateway: Gateway
  token: Secret
  /** Stable over restarts of one daemon. */
  instance: string
  log: Log
  /** Somebody asked for an orderly end. */
  onShutDown(): void
  /** Where Slack's commands are answered. */
  slack?: Omit<HooksOptions, 'log' | 'http'> & { secret: Secret; http: Http; now?: () => number }
  /** How long the head of a stream waits for text where the client did not ask for events, ms. */
  headPatienceMs?: number
  /** How slow those may be who send or read an export. */
  backupPace?: Pace
  /** How often followers look without being woken, and clients where no hint can be heard, ms. */
  pollMs?: number
  /** How often the gateway is looked at while somebody listens for changes, ms. */
  lookMs?: number
  /** Between the packets of an answer for the original web client, ms. Default: see whole-frames.ts. */
  gapMs?: number
}

/** A daemon without its home and its sockets. */
export interface Composition {
  app: App
  turns: TurnService
  /** Ends what an earlier boot left behind, and begins to renew leases. Await it before listening. */
  start(): Promise<void>
  /** Lets turns finish; those that do not are marked interrupted. */
  drain(graceMs: number): Promise<void>
  /** After the last request, or when the start failed. */
  close(): Promise<void>
}

/** How long what Slack is to be told may take once the turns have ended, ms. */
const postGraceMs = 2_000

/** Wires the parts that serve requests. */
export function compose(options: ComposeOptions): Composition {
  const { config, database, token, log } = options
  const { time } = config
  const { pool, posts } = database
  const { pollMs = 2_000, lookMs = 5_000 } = options
  const metrics = createMetrics({ version, build })
  const { meters } = metrics
  const gateway = meterGateway(options.gateway, meters)
  const listener = createListener({ connection: database.connection, log })
  const bell = createBell({ listener, isOwn: database.isOwn, pollMs })
  const gatewayWatch = createGatewayWatch({ look: gateway.answers, everyMs: lookMs })
  const hints = createHints({ listener, pollMs, gateway: gatewayWatch })
  const { ring } = bell
  const sessions = createSessionStore(pool, posts)
  const messages = createMessageStore(pool)
  const turnStore = createTurnStore(pool, posts)
  const tokens = createTokenStore(pool, posts)
  const made = createMadeTokens({ tokens, log })
  const streams = createOpenStreams({ most: config.limits.streams })
  const endCutting = cutRevoked({ streams, made, listener, log, sweepMs: time.sweepMs })
  const identity = { instance: options.instance, boot: randomUUID() }
  const watch = createDatabaseWatch()
  const left = createLeftTurns({ pool, log, ring })
  const leases = createLeases({
    ...identity,
    pool,
    sessions,
    left,
    watch,
    log,
    ring,
    onTaken: meters.turnRecovered,
    // Readers and posts that use up the pool must not keep a lease from being renewed.
    turns: { ...turnStore, renew: createTurnStore(database.writer).renew },
    leaseMs: time.leaseMs,
    sweepMs: time.sweepMs,
  })
  const turns = createTurnService({
    ...identity,
    pool,
    posts,
    sessions,
    messages,
    gateway,
    bell,
    leases,
    log,
    turns: { ...turnStore, eventsAfter: shareReads(turnStore.eventsAfter) },
    writer: createEventWriter(database.writer, {
      onCommit(written, tookMs) {
        meters.committed(tookMs)
        for (const { turnId, events } of written) bell.tell(turnId, events)
      },
      patienceMs: time.databasePatienceMs,
      watch,
      log,
    }),
    spool: createSpool(),
    onEnd: meters.turnEnded,
    left,
    leaseMs: time.leaseMs,
    patienceMs: time.databasePatienceMs,
    defaultModel: config.model,
    budget: config.budget,
  })
  metrics.watch({ database, gateway, turns })
  const slack =
    options.slack &&
    createSlack({
      ...options.slack,
      requestsPerMinute: config.limits.requestsPerMinute,
      store: createSlackStore(pool, posts),
      hooks: createHooks({ ...options.slack, log }),
      sessions,
      turns,
      log,
    })
  const services: Services = {
    version,
    build,
    log,
    access: createAccess({
      localTokens: config.adminToken ? [token, config.adminToken] : [token],
      metricsToken: config.metricsToken,
      findMade: made.identify,
      hosts: config.listen ? [config.listen.host, ...config.allowedHosts] : config.allowedHosts,
      origins: config.allowedOrigins,
    }),
    limits: createLimits({ requestsPerMinute: config.limits.requestsPerMinute, streams }),
    sessions,
    messages,
    search: createSearch(createSearchStore(pool)),
    roles: createRoleStore(posts),
    tokens,
    turnStore,
    turns,
    hints,
    watch,
    metrics,
    backup: createBackup(database.bulk),
    backupPace: options.backupPace ?? usualPace,
    gateway,
    unstored: createUnstored({ gateway, pool, log, budget: config.budget }),
    spend: (owner) => readSpend(pool, owner, config.budget),
    slack,
    sse: {
      heartbeatMs: time.heartbeatMs,
      stalledMs: time.stalledMs,
      ...(options.gapMs !== undefined && { gapMs: options.gapMs }),
    },
    headPatienceMs: options.headPatienceMs ?? 10_000,
    readiness: (wanted) => readReadiness({ database, turns, gateway, model: config.model }, wanted),
    shutDown: options.onShutDown,
  }
  return {
    app: createApp(services),
    turns,
    async start() {
      await leases.takeOwn()
      leases.start(turns)
    },
    async drain(graceMs) {
      await Promise.all([turns.drain(graceMs), services.unstored.drain(graceMs)])
      await slack?.drain(postGraceMs)
      leases.stop()
      // They would hold the server until they are cut.
      hints.close()
    },
    async close() {
      leases.stop()
      endCutting()
      hints.close()
      bell.close()
      metrics.close()
      await listener.close()
      await gateway.close()
      await options.slack?.http.close()
    },
  }
}
