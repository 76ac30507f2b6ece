import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import type pino from 'pino'
import { ProblemError } from '../shared/contract/problem.js'
import { type Home, homeFailure, startFailed } from '../shared/home.js'
import { prepareHome } from '../shared/prepare-home.js'
import { type Config, type Flags, loadConfig } from './config.js'
import { checkListen } from './listen.js'
import { acquireLock, type HeldLock } from './lock.js'
import { createLog } from './log.js'
import { warnOfOriginalVariables } from './original-variables.js'
import { type Running, serve } from './serve.js'

function parseFlags(args: string[]): Flags {
  try {
    const { values } = parseArgs({
      args,
      options: {
        listen: { type: 'string' },
        'behind-tls-proxy': { type: 'boolean' },
        personal: { type: 'boolean' },
      },
    })
    return {
      listen: values.listen,
      behindTlsProxy: values['behind-tls-proxy'],
      personal: values.personal ?? false,
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ProblemError('invalid_request', why, { hint: 'See: c2a daemon run --help' })
  }
}

/** Turns may have this long after the drain time to be marked and everything to be closed, ms. */
const closingMs = 4_000

/** One daemon a home: takes the lock, serves, and leaves in order on a signal or when asked. */
async function run(config: Config, log: pino.Logger, lock: HeldLock): Promise<void> {
  process.on('uncaughtException', (error) => {
    log.error({ error: error.message, stack: error.stack }, 'an error that nobody caught')
    lock.release()
    process.exit(1)
  })
  let asked = false
  let running: Running | undefined
  const shutDown = (): void => {
    if (asked) process.exit(1)
    asked = true
    // A database that hangs would hold the pools, a start would wait for one that is away.
    setTimeout(() => {
      log.warn('something does not end: the daemon leaves it')
      lock.release()
      process.exit(0)
    }, config.time.drainMs + closingMs)
    if (running !== undefined) void leave(running)
  }
  const leave = async (daemon: Running): Promise<void> => {
    await daemon.stop()
    log.info('the daemon has stopped')
    lock.release()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, shutDown)
  try {
    running = await serve({ config, env: process.env, log, onShutDown: shutDown })
  } catch (error) {
    lock.release()
    throw error
  }
  if (asked) return leave(running)
  keepYoungSpaceSmall()
}

/**
 * The young generation stays as large as the start has made it, about 8 MiB. V8 would let it grow to 48
 * under load and never give it back, which is a sixth of the daemon; a stream costs the same CPU either way.
 */
function keepYoungSpaceSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

function lockHome({ home, personal }: Config): HeldLock {
  prepareHome(home)
  const lock = acquireLock(home.lock)
  if ('release' in lock) return lock
  // Clients that start at once start one daemon; the others find it.
  if (personal) process.exit(0)
  throw new ProblemError('invalid_request', `a daemon runs here already (pid ${lock.heldBy})`, {
    hint: 'Stop it with: c2a daemon stop',
  })
}

function sentence(error: unknown): string {
  if (error instanceof ProblemError) return [error.message, error.hint].filter(Boolean).join('. ')
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

async function main(args: string[]): Promise<void> {
  // Where a client started it, stderr is the log file, which holds JSON lines only.
  let log = createLog({ level: 'error' })
  let home: Home | undefined
  try {
    const config = loadConfig(parseFlags(args), process.env)
    home = config.home
    if (config.listen) checkListen(config.listen.host, config.behindTlsProxy)
    const lock = lockHome(config)
    log = createLog({ level: config.logLevel, file: config.personal ? home.log : undefined })
    // Where a client started it, they are the variables of whatever project one stands in.
    if (!config.personal) warnOfOriginalVariables(process.env, log)
    await run(config, log, lock)
  } catch (cause) {
    const error = home === undefined ? cause : homeFailure(cause, home)
    if (args.includes('--personal')) log.error({ error: sentence(error) }, startFailed)
    else process.stderr.write(`c2a daemon: ${sentence(error)}\n`)
    process.exit(error instanceof ProblemError ? error.exit : 1)
  }
}

void main(process.argv.slice(2).filter((arg) => arg !== 'daemon' && arg !== 'run'))
