import { parseArgs } from 'node:util'
import { ProblemError } from '../shared/contract/problem.js'
import { type Flags, loadConfig } from './config.js'
import { prepareHome } from './home.js'
import { checkListen } from './listen.js'
import { acquireLock } from './lock.js'
import { createLog } from './log.js'
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

/** One daemon a home: takes the lock, serves, and leaves in order on a signal or when asked. */
async function main(): Promise<void> {
  const flags = parseFlags(process.argv.slice(2).filter((arg) => arg !== 'daemon' && arg !== 'run'))
  const { env } = process
  const config = loadConfig(flags, env)
  if (config.listen) checkListen(config.listen.host, config.behindTlsProxy)
  prepareHome(config.home)
  const lock = acquireLock(config.home.lock)
  if ('heldBy' in lock) {
    // Clients that start at once start one daemon; the others find it.
    if (flags.personal) process.exit(0)
    throw new ProblemError('invalid_request', `a daemon runs here already (pid ${lock.heldBy})`, {
      hint: 'Stop it with: c2a daemon stop',
    })
  }
  const log = createLog({
    level: config.logLevel,
    file: flags.personal ? config.home.log : undefined,
  })
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
    running = await serve({ config, env, log, onShutDown: shutDown })
  } catch (error) {
    if (flags.personal) log.error({ error: sentence(error) }, 'the daemon could not start')
    lock.release()
    throw error
  }
  if (asked) await leave(running)
}

function sentence(error: unknown): string {
  if (error instanceof ProblemError) return [error.message, error.hint].filter(Boolean).join('. ')
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

main().catch((error: unknown) => {
  process.stderr.write(`c2a daemon: ${sentence(error)}\n`)
  process.exit(error instanceof ProblemError ? error.exit : 1)
})
