import { createHash } from 'node:crypto'
import type pg from 'pg'
import { backupFormat, backupVersion } from '../../shared/contract/backup-line.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { withConnection } from '../store/bulk.js'
import {
  countSessions,
  type ExportScope,
  openSnapshot,
  readMessages,
  readPeople,
  readRevisions,
  readRoles,
  readSessions,
  readSlackUsers,
  readTurns,
} from '../store/export-rows.js'

export interface ExportOptions extends ExportScope {
  /** With roles and their revisions. */
  roles: boolean
  /** Of c2a, for who looks into the file. */
  version: string
}

/** Small lines are written together, bytes. */
const chunkBytes = 64 * 1024

/**
 * The file of an export in chunks: a first line that says what it is, people, roles, sessions, a last line
 * with counts and a hash over all before it. Each session ends with the same of its own, so that an
 * import can trust it as soon as it has come. Throws ProblemError `not_found` before the first chunk.
 */
export async function* exportChunks(
  pool: pg.Pool,
  options: ExportOptions,
): AsyncGenerator<Uint8Array> {
  const chunks: Chunks = createChunks()
  const lent = lend(pool)
  const client = await lent.client
  try {
    await openSnapshot(client)
    const sessions = await countSessions(client, options)
    if (options.sessions !== undefined && sessions < new Set(options.sessions).size) {
      throw new ProblemError('not_found', 'no session with this id')
    }
    for await (const lines of linesOf(client, options)) {
      for (const line of lines) {
        const chunk = chunks.add(line)
        if (chunk !== undefined) yield chunk
      }
    }
    yield chunks.rest()
  } finally {
    lent.giveBack()
    await lent.given
  }
}

/** A generator cannot be inside of a callback. */
function lend(pool: pg.Pool) {
  let giveBack = (): void => undefined
  let given: Promise<void> | undefined
  const client = new Promise<pg.PoolClient>((resolve, reject) => {
    given = withConnection(pool, (one) => {
      resolve(one)
      return new Promise<void>((done) => {
        giveBack = done
      })
    }).catch(reject)
  })
  return { client, giveBack: () => giveBack(), given }
}

async function* linesOf(
  client: pg.PoolClient,
  options: ExportOptions,
): AsyncGenerator<readonly string[]> {
  const whole = createHash('sha256')
  const everybody = options.owner === undefined
  const counts = {
    ...{ people: 0, slack_users: 0, roles: 0, role_revisions: 0 },
    ...{ sessions: 0, turns: 0, messages: 0 },
  }
  const told = (line: string): string => {
    whole.update(line).update('\n')
    return line
  }
  const head = {
    format: backupFormat,
    version: everybody ? backupVersion : 1,
    c2a: options.version,
  }
  yield [told(JSON.stringify({ ...head, exported_at: new Date().toISOString() }))]
  if (everybody) {
    for await (const lines of readPeople(client, options)) {
      counts.people += lines.length
      yield lines.map(told)
    }
  }
  if (options.roles) {
    for await (const lines of readRevisions(client, options)) {
      counts.role_revisions += lines.length
      yield lines.map(told)
    }
    for await (const lines of readRoles(client, options)) {
      counts.roles += lines.length
      yield lines.map(told)
    }
  }
  if (everybody) {
    for await (const lines of readSlackUsers(client, options)) {
      counts.slack_users += lines.length
      yield lines.map(told)
    }
  }
  for await (const session of readSessions(client, options)) {
    const own = createHash('sha256')
    const part = (line: string): string => {
      own.update(line).update('\n')
      return told(line)
    }
    let turns = 0
    let messages = 0
    yield [part(session.line)]
    for await (const lines of readTurns(client, session.id)) {
      turns += lines.length
      yield lines.map(part)
    }
    for await (const lines of readMessages(client, session.id)) {
      messages += lines.filter(isMessage).length
      yield lines.map(part)
    }
    const sha256 = own.digest('hex')
    yield [told(JSON.stringify({ type: 'session_end', turns, messages, sha256 }))]
    counts.sessions += 1
    counts.turns += turns
    counts.messages += messages
  }
  yield [JSON.stringify({ type: 'end', ...counts, sha256: whole.digest('hex') })]
}

const isMessage = (line: string): boolean => line.startsWith('{"type":"message"')

type Chunks = ReturnType<typeof createChunks>

function createChunks() {
  let lines: string[] = []
  let length = 0
  const take = (): Uint8Array => {
    const chunk = Buffer.from(lines.join(''))
    lines = []
    length = 0
    return chunk
  }
  return {
    /** The next chunk, once it is large enough. */
    add(line: string): Uint8Array | undefined {
      lines.push(line, '\n')
      length += line.length + 1
      return length < chunkBytes ? undefined : take()
    },
    rest: take,
  }
}
