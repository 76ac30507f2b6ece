import { createHash, randomUUID } from 'node:crypto'
import type {
  MessageLine,
  SessionLine,
  TextLine,
  TurnLine,
} from '../../shared/contract/backup-line.js'

/*
 * Files of an export as somebody else may write them: the hashes are right, whatever the rows say.
 */

const at = '2024-01-01T00:00:00.000Z'

type Loose<Row> = { [Key in Exclude<keyof Row, 'type' | 'id'>]?: unknown } & { id?: string }

export const sessionRow = (row: Loose<SessionLine> = {}) => ({
  ...{ type: 'session', id: randomUUID(), title: 'T', model: null, role_id: null, plan: null },
  ...{ params: {}, next_seq: 1_000, forked_from: null, created_at: at, updated_at: at, ...row },
})

export const turnRow = (row: Loose<TurnLine>) => ({
  ...{ type: 'turn', id: randomUUID(), status: 'complete', model: 'm', plan: null, role_id: null },
  ...{ role_name: null, role_revision: null, idempotency_key: null, request_hash: null },
  ...{ usage: null, problem: null, params: {}, retry_of: null, created_at: at, finished_at: at },
  ...{ spend: null, ...row },
})

export const messageRow = (row: Loose<MessageLine> = {}) => ({
  ...{ type: 'message', id: randomUUID(), seq: 1, role: 'user', kind: 'chat', content: 'x' },
  ...{ status: 'complete', turn_id: null, variant_of: null, model: null, reasoning: null },
  ...{ usage: null, finish_reason: null, error_code: null, lifted_role: null, created_at: at },
  ...row,
})

export const textRow = (row: Omit<TextLine, 'type'>) => ({ type: 'text', ...row })

/** One session: its own row first, then its turns, messages and texts. */
export function fileOf(...rows: { type: string }[]): string {
  const head = JSON.stringify({ format: 'c2a-export', version: 1, c2a: '0', exported_at: at })
  const lines = rows.map((row) => JSON.stringify(row))
  const count = (type: string): number => rows.filter((row) => row.type === type).length
  const counts = { turns: count('turn'), messages: count('message') }
  const end = JSON.stringify({ type: 'session_end', ...counts, sha256: hashOf(lines) })
  const all = [head, ...lines, end]
  const last = { type: 'end', roles: 0, role_revisions: 0, sessions: 1, ...counts }
  return `${[...all, JSON.stringify({ ...last, sha256: hashOf(all) })].join('\n')}\n`
}

function hashOf(lines: readonly string[]): string {
  const hash = createHash('sha256')
  for (const line of lines) hash.update(line).update('\n')
  return hash.digest('hex')
}
