import { connect } from 'node:net'
import type { Variables } from '../local-env.js'
import type { Part, Tools } from '../part.js'
import { onPath } from '../programs.js'

/** LiteLLM's cache, on loopback, with its password: as in docker-compose.yml, nothing of it on a disk. */
export function redisPart({ env, place, ask }: Tools, variables: Variables): Part {
  const { REDIS_PASSWORD: password = '', REDIS_MAXMEMORY: memory = '256mb' } = variables
  return {
    name: 'redis',
    title: 'Redis',
    of: JSON.stringify([password, memory]),
    port: 6_379,
    patienceMs: 20_000,
    leaving: { ms: 10_000 },
    address: (port) => `127.0.0.1:${port}`,
    isWell: async (port) => /\+PONG/.test(await talk(port, `AUTH ${password}\r\nPING\r\n`)),
    async prepare(port) {
      const command = onPath('redis-server', env)
      if (command === undefined) return missing
      if (!/^[\w.~-]+$/.test(password)) return noPassword
      if (!/^\d{1,15}(b|[kmg]b?)?$/i.test(memory)) return noMemory
      const { stdout } = await ask(command, ['--version'])
      const version = /v=(\S+)/.exec(stdout)?.[1]
      const lines = [
        ...['bind 127.0.0.1', `port ${port}`, `requirepass ${password}`, `maxmemory ${memory}`],
        ...[
          'maxmemory-policy allkeys-lru',
          'save ""',
          'appendonly no',
          `dir ${JSON.stringify(place.state)}`,
        ],
      ]
      return {
        ...{ command, args: ['-'], env, stdin: `${lines.join('\n')}\n` },
        ...(version !== undefined && { version }),
      }
    },
  }
}

const missing = {
  why: 'redis-server is not installed: LiteLLM has no cache',
  fix: 'Debian and Ubuntu: apt-get install redis-server; macOS: brew install redis.',
}

const noPassword = {
  why: 'REDIS_PASSWORD in .env.redis is missing, or has more than letters, digits and . _ ~ -',
  fix: 'Take the line away; c2a stack init makes a new one.',
}

/** Redis would end with a line of its log; and what has lines of its own would be settings of its own. */
const noMemory = {
  why: 'REDIS_MAXMEMORY in .env.redis is no amount of memory',
  fix: 'Write it as 256mb, or take the line away.',
}

const answerMs = 2_000

/** What it says to a few inline commands. */
function talk(port: number, commands: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(`${commands}QUIT\r\n`))
    socket.setTimeout(answerMs, () => socket.destroy(new Error('no answer')))
    socket.once('error', reject)
    socket.on('data', (chunk) => {
      said += chunk.toString()
    })
    socket.once('close', () => resolve(said))
  })
}
