import type { PoolClient } from 'pg'
import { bulkSilenceMs } from './bulk.js'
import { eventText } from './event-text.js'
import { control, query } from './pool.js'

/*
 * The rows of an export as lines of JSON, out of one snapshot. Postgres writes them itself: no number
 * and no microsecond is lost on the way. Whatever of a table is not here is named in backup.long.test.ts.
 */

export interface ExportScope {
  /** Undefined: everybody's. */
  owner?: string | undefined
  /** Undefined: all of them. */
  sessions?: readonly string[] | undefined
}

/** So many rows a query, and about so many bytes: both are held in memory for a moment. */
const pageRows = 500
const pageBytes = 1024 * 1024
/** A longer text is cut into several lines, characters. */
const pieceLength = 1024 * 1024

export const exportColumns = {
  people: 'p.name, p.owner',
  slack_users: 'u.team_id, u.user_id, u.role_id, u.chosen_at',
  roles: 'r.id, r.name, r.instructions, r.params, r.revision, r.created_at, r.updated_at',
  role_revisions: 'v.role_id, v.revision, v.name, v.instructions, v.params, v.created_at',
  sessions: `s.id, s.title, s.model, s.role_id, s.plan, s.params, s.next_seq, s.forked_from,
    s.created_at, s.updated_at`,
  turns: `t.id, t.user_message_id, t.model, t.plan, t.role_id, t.role_name, t.role_revision,
    t.idempotency_key, t.request_hash, t.usage, t.problem, t.params, t.retry_of, t.created_at`,
  messages: `m.id, m.seq, m.role, m.kind, m.turn_id, m.variant_of, m.model, m.usage,
    m.finish_reason, m.error_code, m.lifted_role, m.created_at`,
}

type Page = AsyncGenerator<readonly string[]>

function read<Row extends object>(
  client: PoolClient,
  name: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return query<Row & Record<string, unknown>>(client, `export_${name}`, text, values, bulkSilenceMs)
}

/** Runs until the connection is given back. */
export async function openSnapshot(client: PoolClient): Promise<void> {
  await client.query(control('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'))
  await client.query(control(`SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'`))
}

export async function countSessions(client: PoolClient, scope: ExportScope): Promise<number> {
  const [row] = await read<{ count: number }>(
    client,
    'count',
    `SELECT count(*) AS count FROM sessions s WHERE ${inScope}`,
    valuesOf(scope),
  )
  return row?.count ?? 0
}

const inScope = `NOT s.ephemeral AND ($1::text IS NULL OR s.owner = $1)
  AND ($2::uuid[] IS NULL OR s.id = ANY ($2))`

const valuesOf = ({ owner, sessions }: ExportScope): unknown[] => [owner, sessions]

async function* rowsOf(client: PoolClient, cursor: string): Page {
  for (;;) {
    const rows = await read<{ line: string }>(client, cursor, `FETCH 200 FROM export_${cursor}`)
    if (rows.length === 0) break
    yield rows.map(({ line }) => line)
  }
  await client.query(control(`CLOSE export_${cursor}`))
}

/** Of everybody's export. Also who has no session: the name leads to the same owner elsewhere. */
export async function* readPeople(client: PoolClient, scope: ExportScope): Page {
  await read(
    client,
    'people_open',
    `DECLARE export_people CURSOR FOR SELECT row_to_json(x)::text AS line FROM (
       SELECT 'person' AS type, ${exportColumns.people} FROM people p
       WHERE $2::uuid[] IS NULL OR p.owner IN (SELECT s.owner FROM sessions s WHERE ${inScope})
       ORDER BY p.name COLLATE "C") AS x`,
    valuesOf(scope),
  )
  yield* rowsOf(client, 'people')
}

/** Of everybody's export, after the roles that they have chosen. */
export async function* readSlackUsers(client: PoolClient, scope: ExportScope): Page {
  if (scope.sessions !== undefined) return
  await read(
    client,
    'slack_users_open',
    `DECLARE export_slack_users CURSOR FOR SELECT row_to_json(x)::text AS line FROM (
       SELECT 'slack_user' AS type, ${exportColumns.slack_users} FROM slack_users u
       ORDER BY u.team_id COLLATE "C", u.user_id COLLATE "C") AS x`,
  )
  yield* rowsOf(client, 'slack_users')
}

/** With some sessions only: the roles that they have used. */
const usedRoles = `$2::uuid[] IS NULL OR r.id IN (
  SELECT s.role_id FROM sessions s WHERE ${inScope} UNION
  SELECT t.role_id FROM turns t JOIN sessions s ON s.id = t.session_id WHERE ${inScope})`

export async function* readRoles(client: PoolClient, scope: ExportScope): Page {
  await read(
    client,
    'roles_open',
    `DECLARE export_roles CURSOR FOR SELECT row_to_json(x)::text AS line FROM (
       SELECT 'role' AS type, ${exportColumns.roles} FROM roles r WHERE ${usedRoles}
       ORDER BY r.created_at, r.id) AS x`,
    valuesOf(scope),
  )
  yield* rowsOf(client, 'roles')
}

/** Those of roles that are gone, too: turns name them. */
export async function* readRevisions(client: PoolClient, scope: ExportScope): Page {
  await read(
    client,
    'revisions_open',
    `DECLARE export_revisions CURSOR FOR SELECT row_to_json(x)::text AS line FROM (
       SELECT 'role_revision' AS type, ${exportColumns.role_revisions} FROM role_revisions v
       WHERE $2::uuid[] IS NULL OR v.role_id IN (SELECT r.id FROM roles r WHERE ${usedRoles})
       ORDER BY v.role_id, v.revision) AS x`,
    valuesOf(scope),
  )
  yield* rowsOf(client, 'revisions')
}

export interface SessionLine {
  id: string
  line: string
}

/** The oldest first, so that a fork comes after what it was forked from. */
export async function* readSessions(
  client: PoolClient,
  scope: ExportScope,
): AsyncGenerator<SessionLine> {
  const everybody = scope.owner === undefined
  await read(
    client,
    everybody ? 'all_sessions_open' : 'sessions_open',
    `DECLARE export_sessions CURSOR FOR SELECT x.id, row_to_json(x)::text AS line FROM (
       SELECT 'session' AS type, ${everybody ? 's.owner,' : ''} ${exportColumns.sessions}
       FROM sessions s WHERE ${inScope} ORDER BY s.created_at, s.id) AS x`,
    valuesOf(scope),
  )
  for (;;) {
    const rows = await read<SessionLine>(client, 'sessions', 'FETCH 200 FROM export_sessions')
    if (rows.length === 0) return
    yield* rows
  }
}

/** One that is live is told as it would be if its daemon died now. */
export async function* readTurns(client: PoolClient, sessionId: string): Page {
  for (let after: string[] = []; ; ) {
    const rows = await read<{ id: string; created_at: string; line: string }>(
      client,
      'turns',
      `SELECT x.id, x.created_at::text, row_to_json(x)::text AS line FROM (
         SELECT 'turn' AS type, ${exportColumns.turns},
           CASE t.status WHEN 'streaming' THEN 'interrupted' ELSE t.status END AS status,
           coalesce(t.finished_at, now()) AS finished_at,
           (SELECT row_to_json(p) FROM (
             SELECT at, cost_usd::text, cost_estimated FROM spend WHERE turn_id = t.id) AS p) AS spend
         FROM turns t WHERE t.session_id = $1
           AND ($2::timestamptz IS NULL OR (t.created_at, t.id) > ($2, $3::uuid))
         ORDER BY t.created_at, t.id LIMIT $4) AS x`,
      [sessionId, ...(after.length > 0 ? after : [null, null]), pageRows],
    )
    yield rows.map(({ line }) => line)
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageRows) return
    after = [last.created_at, last.id]
  }
}

/** A text that is still in events only: its turn is live, or nobody has put it together yet. */
const text = (column: 'content' | 'reasoning'): string => {
  const event = column === 'content' ? 'delta' : 'reasoning'
  return `CASE WHEN m.role = 'assistant' AND m.content = '' AND m.reasoning IS NULL
    THEN coalesce(${eventText(event)}, m.${column}) ELSE m.${column} END`
}

interface MessageRow {
  id: string
  seq: number
  line: string
  /** Characters. */
  content: number
  reasoning: number | null
  more: boolean
}

/** Each is one line, and lines of type `text` with what it is too long for. */
export async function* readMessages(client: PoolClient, sessionId: string): Page {
  for (let after: number | null = null; ; ) {
    const rows: MessageRow[] = await read<MessageRow>(
      client,
      'messages',
      `WITH page AS (
         SELECT m.*, row_number() OVER upto AS at,
           sum(octet_length(m.content) + coalesce(octet_length(m.reasoning), 0) + 256) OVER upto AS bytes
         FROM messages m WHERE m.session_id = $1 AND ($2::bigint IS NULL OR m.seq > $2)
         WINDOW upto AS (ORDER BY m.seq) ORDER BY m.seq LIMIT $3 + 1),
       told AS (
         SELECT m.*, ${text('content')} AS whole, ${text('reasoning')} AS thoughts
         FROM page m WHERE m.at = 1 OR m.bytes < $4)
       SELECT m.id, m.seq, length(m.whole) AS content, length(m.thoughts) AS reasoning,
         m.seq < (SELECT max(seq) FROM page) AS more,
         (SELECT row_to_json(x) FROM (
           SELECT 'message' AS type, ${exportColumns.messages},
             CASE m.status WHEN 'streaming' THEN 'interrupted' ELSE m.status END AS status,
             left(m.whole, $5) AS content, left(m.thoughts, $5) AS reasoning) AS x)::text AS line
       FROM told m ORDER BY m.seq LIMIT $3`,
      [sessionId, after, pageRows, pageBytes, pieceLength],
    )
    for (const row of rows) {
      yield [row.line]
      yield* piecesOf(client, row, 'content')
      yield* piecesOf(client, row, 'reasoning')
    }
    const last = rows.at(-1)
    if (last === undefined || !last.more) return
    after = last.seq
  }
}

async function* piecesOf(
  client: PoolClient,
  message: MessageRow,
  part: 'content' | 'reasoning',
): Page {
  const length = message[part] ?? 0
  for (let from = pieceLength; from < length; from += pieceLength) {
    const rows = await read<{ line: string }>(
      client,
      `piece_of_${part}`,
      `SELECT json_build_object('type', 'text', 'message_id', m.id, 'part', '${part}',
         'text', substr(${text(part)}, $2 + 1, $3))::text AS line FROM messages m WHERE m.id = $1`,
      [message.id, from, pieceLength],
    )
    yield rows.map(({ line }) => line)
  }
}
