import { execFileSync, spawn } from 'node:child_process'
import { connect } from 'node:net'
import { vi } from 'vitest'
import { freePort } from './litellm.js'

/** Not a package of npm: .ci/run installs it where it can. */
const server = 'redis-server'

export interface Redis {
  readonly port: number
  /** How many keys it holds. */
  size(): Promise<number>
  kill(): Promise<void>
}

/** The version of the redis-server on PATH; undefined when there is none. */
export function redisVersion(): string | undefined {
  try {
    return execFileSync(server, ['--version'], { encoding: 'utf8' }).trim()
  } catch {
    // Not installed.
    return undefined
  }
}

/** A Redis in memory only. */
export async function startRedis(): Promise<Redis> {
  const port = await freePort()
  const options = [
    '--bind',
    '127.0.0.1',
    '--port',
    String(port),
    '--save',
    '',
    '--appendonly',
    'no',
  ]
  const child = spawn(server, options, { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const size = async (): Promise<number> => Number((await ask(port, 'DBSIZE')).replace(/^:/, ''))
  await vi.waitFor(size, { timeout: 20_000, interval: 20 })
  return {
    port,
    size,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** One command, inline; a client library would be more code than this. */
function ask(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`))
    socket.once('error', reject)
    socket.once('data', (reply) => {
      socket.destroy()
      resolve(reply.toString().trim())
    })
  })
}
