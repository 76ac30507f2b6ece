import { createHash } from 'node:crypto'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, version } from '../shared/build.js'
import type { DaemonFile, Home } from '../shared/home.js'
import { prepareHome } from '../shared/prepare-home.js'
import { type Composition, compose } from './compose.js'
import type { Config } from './config.js'
import { type Database, openDatabase } from './database.js'
import { atStart } from './first-connection.js'
import { createGateway } from './gateway/gateway.js'
import { createHttp } from './gateway/http.js'
import { readOrMakeInstance, readOrMakeToken, socketPathTooLong } from './home.js'
import { watchIdle } from './idle.js'
import { listen } from './listen.js'
import type { Log } from './log.js'
import type { Secret } from './secret.js'

const packageRoot = fileURLToPath(new URL('..', import.meta.url))
/** How long open responses may take to end once the turns have, ms. */
const closeGraceMs = 1_000

/** A home with a long path gets its socket in a private directory elsewhere; daemon.json says where. */
function chooseSocket(home: Home): string {
  if (!socketPathTooLong(home.socket)) return home.socket
  const name = createHash('sha256').update(home.directory).digest('hex').slice(0, 16)
  const directory = join(tmpdir(), `c2a-${process.getuid?.() ?? 0}-${name}`)
  prepareHome({ ...home, directory })
  return join(directory, 'c2a.sock')
}

/** Gives a new value to the whole file or to nothing. */
function writeDaemonFile(path: string, file: DaemonFile): void {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, path)
}

/** How long Slack may take to take a reply, ms. */
const slackAnswersMs = 10_000

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
export async function serve(options: ServeOptions): Promise<Running> {
  const { config, env, log } = options
  const token = readOrMakeToken(config.home.token)
  const database = await openDatabase(config, { packageRoot, env, log })
  const parts = composeFrom(options, database, token)
  try {
    await atStart(parts.start, { log, personal: config.personal })
    return await serveParts(options, parts, database)
  } catch (error) {
    await parts.close()
    await database.close()
    throw error
  }
}

function composeFrom(options: ServeOptions, database: Database, token: Secret): Composition {
  const { config, log, onShutDown } = options
  const { time } = config
  const timeouts = {
    connectMs: time.connectTimeoutMs,
    catalogueMs: time.catalogueTimeoutMs,
    firstTokenMs: time.firstTokenTimeoutMs,
    tokenIdleMs: time.tokenIdleTimeoutMs,
    totalMs: time.totalTimeoutMs,
  }
  const gateway = createGateway({ ...config.gateway, proxy: config.proxy, log, timeouts })
  const instance = readOrMakeInstance(config.home.directory)
  const slack = config.slackSecret && {
    secret: config.slackSecret,
    http: createHttp({ ...timeouts, firstTokenMs: slackAnswersMs }, config.proxy),
  }
  return compose({
    config,
    database,
    gateway,
    token,
    instance,
    log,
    onShutDown,
    ...(slack && { slack }),
  })
}

async function serveParts(
  { config, log, onShutDown }: ServeOptions,
  parts: Composition,
  database: Database,
): Promise<Running> {
  const { home, time } = config
  const idle = watchIdle({
    minutes: config.personal ? config.idleMinutes : 0,
    liveTurns: () => parts.turns.liveCount,
    onIdle: () => {
      log.info('nobody is using this daemon: it stops')
      onShutDown()
    },
  })
  const socket = chooseSocket(home)
  const server = await listen({
    app: parts.app,
    socketPath: socket,
    tcp: config.listen,
    behindTlsProxy: config.behindTlsProxy,
    onActivity: idle.activity,
  }).catch((error: unknown) => {
    idle.stop()
    throw error
  })
  writeDaemonFile(home.daemon, {
    pid: process.pid,
    version,
    build,
    settings: config.settingsHash,
    personal: config.personal,
    socket,
    ...(server.address !== undefined && { listen: server.address }),
    ...(database.dataDir !== undefined && { data_dir: database.dataDir }),
    started_at: new Date().toISOString(),
  })
  log.info({ socket, listen: server.address, version, build }, 'the daemon is ready')

  return {
    async stop() {
      idle.stop()
      await parts.drain(time.drainMs)
      // Whoever looks for a daemon from here on starts a new one, which waits for the lock.
      rmSync(home.daemon, { force: true })
      await server.close(closeGraceMs)
      await parts.close()
      await database.close()
      rmSync(socket, { force: true })
      if (dirname(socket) !== home.directory) rmSync(dirname(socket), { recursive: true })
    },
  }
}
