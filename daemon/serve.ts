import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, version } from '../shared/build.js'
import type { DaemonFile, Home } from '../shared/home.js'
import { createApp } from './app.js'
import type { Config } from './config.js'
import { type Database, openDatabase } from './database.js'
import { createGateway } from './gateway/gateway.js'
import { prepareHome, readOrMakeInstance, readOrMakeToken, socketPathTooLong } from './home.js'
import { createAccess } from './http/access.js'
import { watchIdle } from './idle.js'
import { listen } from './listen.js'
import type { Log } from './log.js'
import { readReadiness } from './readiness.js'
import type { Services } from './routes/services.js'
import { createBell } from './store/bell.js'
import { createEventWriter } from './store/event-writer.js'
import { createMessageStore } from './store/messages.js'
import { createRoleStore } from './store/roles.js'
import { createSessionStore } from './store/sessions.js'
import { createTurnStore } from './store/turns.js'
import { createLeases } from './turns/leases.js'
import { createTurnService } from './turns/service.js'

const packageRoot = fileURLToPath(new URL('..', import.meta.url))
/** How long open responses may take to end once the turns have, ms. */
const closeGraceMs = 1_000

/** A home with a long path gets its socket in a private directory elsewhere; daemon.json says where. */
function chooseSocket(home: Home): string {
  if (!socketPathTooLong(home.socket)) return home.socket
  const name = createHash('sha256').update(home.directory).digest('hex').slice(0, 16)
  const directory = join(tmpdir(), `c2a-${process.getuid?.() ?? 0}-${name}`)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  prepareHome({ ...home, directory })
  return join(directory, 'c2a.sock')
}

/** Gives a new value to the whole file or to nothing. */
function writeDaemonFile(path: string, file: DaemonFile): void {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, path)
}

export interface Running {
  /** Lets turns finish, closes everything, leaves nothing behind. */
  stop(): Promise<void>
}

export interface ServeOptions {
  config: Config
  env: NodeJS.ProcessEnv
  log: Log
  /** Somebody asked for an orderly end, or the daemon is idle. */
  onShutDown(): void
}

/** The composition root: builds everything from the configuration and listens. */
export async function serve({ config, env, log, onShutDown }: ServeOptions): Promise<Running> {
  const { home, time } = config
  const token = readOrMakeToken(home.token)
  const database: Database = await openDatabase(config, { packageRoot, env, log })
  const { pool } = database
  const bell = createBell({
    connection: database.connection,
    isOwn: database.isOwn,
    log,
    pollMs: 2_000,
  })
  const ring = (ids: Iterable<string>): void => bell.ring(ids)
  const sessions = createSessionStore(pool)
  const messages = createMessageStore(pool)
  const turnStore = createTurnStore(pool)
  const gateway = createGateway({
    ...config.gateway,
    proxy: config.proxy,
    log,
    timeouts: {
      connectMs: time.connectTimeoutMs,
      catalogueMs: time.catalogueTimeoutMs,
      firstTokenMs: time.firstTokenTimeoutMs,
      tokenIdleMs: time.tokenIdleTimeoutMs,
      totalMs: time.totalTimeoutMs,
    },
  })
  const identity = { instance: readOrMakeInstance(home), boot: randomUUID() }
  let stopTurn = (_id: string): void => {}
  const leases = createLeases({
    ...identity,
    pool,
    sessions,
    log,
    turns: turnStore,
    leaseMs: time.leaseMs,
    sweepMs: time.sweepMs,
    ring,
    onStop: (id) => stopTurn(id),
  })
  const turns = createTurnService({
    ...identity,
    pool,
    sessions,
    messages,
    gateway,
    bell,
    leases,
    log,
    turns: turnStore,
    writer: createEventWriter(pool, {
      onCommit: ring,
      patienceMs: time.databasePatienceMs,
      log,
    }),
    leaseMs: time.leaseMs,
    patienceMs: time.databasePatienceMs,
    defaultModel: config.model,
  })
  stopTurn = turns.stopLocal
  await leases.takeOwn()
  leases.start()

  const services: Services = {
    version,
    build,
    log,
    access: createAccess({
      localTokens: config.adminToken ? [token, config.adminToken] : [token],
      hosts: config.listen ? [config.listen.host, ...config.allowedHosts] : config.allowedHosts,
      origins: config.allowedOrigins,
    }),
    sessions,
    messages,
    roles: createRoleStore(pool),
    turnStore,
    turns,
    gateway,
    heartbeatMs: time.heartbeatMs,
    readiness: () => readReadiness({ database, turns, gateway }),
    shutDown: onShutDown,
  }
  const idle = watchIdle({
    minutes: config.personal ? config.idleMinutes : 0,
    liveTurns: () => turns.liveCount,
    onIdle: () => {
      log.info('nobody is using this daemon: it stops')
      onShutDown()
    },
  })
  const socket = chooseSocket(home)
  const server = await listen({
    app: createApp(services),
    socketPath: socket,
    tcp: config.listen,
    behindTlsProxy: config.behindTlsProxy,
    onActivity: idle.activity,
  })
  writeDaemonFile(home.daemon, {
    pid: process.pid,
    version,
    build,
    settings: config.settingsHash,
    personal: config.personal,
    socket,
    ...(server.address !== undefined && { listen: server.address }),
    started_at: new Date().toISOString(),
  })
  log.info({ socket, listen: server.address, version, build }, 'the daemon is ready')

  return {
    async stop() {
      idle.stop()
      await turns.drain(time.drainMs)
      leases.stop()
      // Whoever looks for a daemon from here on starts a new one, which waits for the lock.
      rmSync(home.daemon, { force: true })
      await server.close(closeGraceMs)
      await bell.close()
      await gateway.close()
      await database.close()
      rmSync(socket, { force: true })
      if (dirname(socket) !== home.directory) rmSync(dirname(socket), { recursive: true })
    },
  }
}
