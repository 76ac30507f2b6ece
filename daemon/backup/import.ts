import { createHash } from 'node:crypto'
import pg from 'pg'
import type { ImportSummary, Merged } from '../../shared/contract/backup.js'
import type { Line } from '../../shared/contract/backup-line.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Identity } from '../http/access.js'
import { transactionOn, withConnection } from '../store/bulk.js'
import { mergePerson, mergeSlackUser } from '../store/merge-people.js'
import { mergeRevision, mergeRole } from '../store/merge-role.js'
import { control } from '../store/pool.js'
import { createStageCleaner, makeStage } from '../store/stage-rows.js'
import { beginSession, type SessionImport } from './import-session.js'
import { createLinks } from './links.js'
import { checkHeader, parseLine } from './parse-line.js'
import { type FileLine, readLines } from './read-lines.js'

/**
 * Reads the file of an export and merges it by ids, one transaction a session. Throws ProblemError
 * `invalid_request` for a file that is not whole or not ours, `forbidden`, `import_conflict`; what came
 * before the error is stored then, and importing the file again finds it. `gone`: nobody waits any more.
 */
export function importFile(
  pool: pg.Pool,
  identity: Identity,
  chunks: AsyncIterable<Uint8Array>,
  gone?: AbortSignal,
): Promise<ImportSummary> {
  return withConnection(pool, async (client) => {
    const importer = createImporter(client, identity)
    try {
      for await (const line of readLines(chunks)) {
        // Kilobytes that came already may be gigabytes of lines.
        if (gone?.aborted) throw new ProblemError('invalid_request', 'the sender is gone')
        await importer.take(line)
      }
      const summary = importer.summary()
      // Until Postgres looks by itself, it takes large sessions for small ones: five times the time.
      if (summary.messages.added > manyMessages) {
        await client.query(control('ANALYZE sessions, turns, messages'))
      }
      return summary
    } catch (error) {
      throw told(error, importer.stored())
    } finally {
      // Nothing was told row by row: anything may have changed, for every open client.
      if (importer.hasStored()) {
        await client.query(control(`SELECT pg_notify('c2a_change', '')`)).catch(() => undefined)
      }
    }
  })
}

/** Fewer change no plan. */
const manyMessages = 1_000

/** Values that no table takes, or an id or a key that is taken after all. */
const refusedByTables = /^(22|23)/

function told(error: unknown, stored: number): unknown {
  const problem =
    error instanceof pg.DatabaseError && refusedByTables.test(error.code ?? '')
      ? new ProblemError('invalid_request', `a row of the file does not fit: ${error.message}`)
      : error
  if (!(problem instanceof ProblemError) || stored === 0) return problem
  return new ProblemError(
    problem.code,
    `${problem.message} (the ${stored} roles and sessions before it are stored)`,
    {
      ...(problem.hint !== undefined && { hint: problem.hint }),
      cause: error,
    },
  )
}

const merged = (): Merged => ({ added: 0, updated: 0, kept: 0 })

function createImporter(client: pg.PoolClient, { owner, scope }: Identity) {
  const hash = createHash('sha256')
  const summary: ImportSummary = {
    people: merged(),
    slack_users: merged(),
    roles: merged(),
    role_revisions: merged(),
    sessions: merged(),
    turns: merged(),
    messages: merged(),
  }
  /** Roles of the file for which another one stands here. */
  const standIns = new Map<string, string>()
  /** Whose the sessions of an owner of the file are here. */
  const owners = new Map<string, string>()
  const clear = createStageCleaner(client)
  const forks = createLinks('forked_from')
  let session: SessionImport | undefined
  let ended = false

  const begin = async (raw: FileLine, line: Extract<Line, { type: 'session' }>): Promise<void> => {
    if (line.owner !== undefined && line.owner !== owner) {
      requireAdminFor(scope, 'the file has sessions of others')
    }
    forks.add(raw.n, line.id, line.forked_from)
    const wanted = line.role_id === null ? null : (standIns.get(line.role_id) ?? line.role_id)
    const { rows } = await client.query<{ id: string }>({
      name: 'import_role',
      text: 'SELECT id FROM roles WHERE id = $1',
      values: [wanted],
    })
    const roleId = rows[0]?.id ?? null
    const theirs = line.owner === undefined ? owner : (owners.get(line.owner) ?? line.owner)
    session = beginSession({ client, line, raw, owner: theirs, roleId, clear })
  }

  const outside = async (raw: FileLine, line: Line): Promise<void> => {
    switch (line.type) {
      case 'person': {
        requireAdminFor(scope, 'the file has people')
        const person = await transactionOn(client, () => mergePerson(client, line))
        summary.people[person.merged] += 1
        owners.set(line.owner, person.owner)
        return
      }
      case 'slack_user': {
        requireAdminFor(scope, 'the file has people')
        const roleId = standIns.get(line.role_id) ?? line.role_id
        summary.slack_users[await mergeSlackUser(client, line, roleId)] += 1
        return
      }
      case 'role_revision': {
        requireAdminFor(scope, 'the file has roles')
        const added = await mergeRevision(client, line)
        summary.role_revisions[added ? 'added' : 'kept'] += 1
        return
      }
      case 'role': {
        requireAdminFor(scope, 'the file has roles')
        const role = await transactionOn(client, () => mergeRole(client, line))
        summary.roles[role.merged] += 1
        if (role.id !== line.id) standIns.set(line.id, role.id)
        return
      }
      case 'session':
        return begin(raw, line)
      case 'end':
        ended = true
        return checkEnd(line)
      default:
        throw misplaced(raw, line)
    }
  }

  const inside = async (open: SessionImport, raw: FileLine, line: Line): Promise<void> => {
    if (line.type === 'turn' || line.type === 'message' || line.type === 'text') {
      return open.add(line, raw)
    }
    if (line.type !== 'session_end') throw misplaced(raw, line)
    const done = await open.end(line)
    session = undefined
    summary.sessions[done.session] += 1
    for (const kind of ['turns', 'messages'] as const) {
      for (const how of ['added', 'updated', 'kept'] as const) summary[kind][how] += done[kind][how]
    }
  }

  const checkEnd = (line: Extract<Line, { type: 'end' }>): void => {
    for (const kind of kinds) {
      const came = total(summary[kind])
      if (came === line[kind]) continue
      const what = kind.replace('_', ' ')
      throw new ProblemError('invalid_request', `the file has ${came} ${what}, not ${line[kind]}`)
    }
    if (hash.digest('hex') === line.sha256) return
    throw new ProblemError('invalid_request', 'the file does not match its hash: it was changed')
  }

  return {
    async take(raw: FileLine): Promise<void> {
      if (ended) throw new ProblemError('invalid_request', `line ${raw.n}: after the end`)
      if (raw.n === 1) {
        checkHeader(raw)
        await makeStage(client)
        hash.update(raw.bytes).update('\n')
        return
      }
      const line = parseLine(raw)
      if (line.type !== 'end') hash.update(raw.bytes).update('\n')
      if (session === undefined) await outside(raw, line)
      else await inside(session, raw, line)
    },
    /** What was done, once the end has come. */
    summary(): ImportSummary {
      if (ended) return summary
      throw new ProblemError('invalid_request', 'the file breaks off: its last line is missing', {
        hint: 'Export it again; importing a whole file later finds what is stored already.',
      })
    },
    /** Sessions and roles that are committed. */
    stored: (): number => total(summary.sessions) + total(summary.roles),
    hasStored: (): boolean => kinds.some((kind) => total(summary[kind]) > 0),
  }
}

const kinds = [
  ...(['people', 'slack_users', 'roles', 'role_revisions'] as const),
  ...(['sessions', 'turns', 'messages'] as const),
]

const total = ({ added, updated, kept }: Merged): number => added + updated + kept

function misplaced({ n }: FileLine, { type }: Line): ProblemError {
  return new ProblemError('invalid_request', `line ${n}: a ${type} does not belong here`)
}

function requireAdminFor(scope: Identity['scope'], why: string): void {
  if (scope !== 'admin') throw new ProblemError('forbidden', `${why}, which needs an admin token`)
}
