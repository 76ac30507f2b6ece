import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Client, createClient } from '../../shared/client/client.js'
import type { TransportOptions } from '../../shared/client/transport.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { describeExport, describeImport } from '../backup/describe.js'
import { exportToFile, exportToStdout } from '../backup/export.js'
import { importFromFile, importFromStdin } from '../backup/import.js'
import { printJson } from '../output/print.js'
import { readToken } from '../personal/find.js'
import { readDaemonFile } from '../personal/presence.js'
import { published } from './compose.js'
import { readVariables } from './local-env.js'
import { recall } from './memory.js'
import type { Tools } from './part.js'
import { readRunning } from './record.js'

/** Everything of everybody, as c2a export --all. Throws ProblemError. */
export function backUp(tools: Tools, file: string): Promise<void> {
  const toStdout = file === '-'
  if (toStdout && process.stdout.isTTY) {
    throw new ProblemError('invalid_request', 'a backup is not for a terminal', {
      hint: 'Name a file: c2a stack backup FILE',
    })
  }
  return withStack(tools, async (client) => {
    const wanted = { all: true }
    const exported = await (toStdout
      ? exportToStdout(client, wanted)
      : exportToFile(client, file, wanted))
    tools.say(describeExport(exported, toStdout ? undefined : file))
  })
}

/** As c2a import. Throws ProblemError. */
export function restore(tools: Tools, file: string, { json }: { json: boolean }): Promise<void> {
  if (file === '-' && process.stdin.isTTY) {
    throw new ProblemError('invalid_request', 'nothing is piped in', {
      hint: 'Name a file: c2a stack restore FILE',
    })
  }
  return withStack(tools, async (client) => {
    const summary = await (file === '-' ? importFromStdin(client) : importFromFile(client, file))
    if (json) printJson(summary)
    else tools.say(describeImport(summary))
  })
}

/** With the daemon that `up` has started, and no other one: that might have another database. */
async function withStack(tools: Tools, use: (client: Client) => Promise<void>): Promise<void> {
  const isComposed = recall(tools.place).mode === 'compose'
  const client = createClient(isComposed ? composedDaemon(tools) : localDaemon(tools))
  try {
    await client.health().catch((error: unknown) => {
      const isDown = error instanceof ProblemError && error.code === 'daemon_unreachable'
      throw isDown ? down(error) : error
    })
    await use(client)
  } finally {
    client.close()
  }
}

function composedDaemon({ place }: Tools): TransportOptions {
  const path = join(place.directory, '.env.daemon')
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const token = readVariables(text)['C2A_ADMIN_TOKEN']
  if (token !== undefined) return { target: { url: published }, token }
  throw new ProblemError('unauthorized', `${path} has no C2A_ADMIN_TOKEN`, {
    hint: 'c2a stack init adds one; c2a stack restart daemon makes it count.',
  })
}

function localDaemon({ place, config: { home } }: Tools): TransportOptions {
  const daemon = readDaemonFile(home)
  if (daemon === undefined || readRunning(place, 'daemon')?.pid !== daemon.pid) throw down()
  return { target: { socketPath: daemon.socket }, token: readToken(home) }
}

function down(cause?: Error): ProblemError {
  return new ProblemError('daemon_unreachable', "the stack's daemon does not run", {
    cause,
    hint: 'c2a stack up starts it; then again. c2a export and c2a import are for any other daemon.',
  })
}
