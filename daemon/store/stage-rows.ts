import type { PoolClient } from 'pg'
import { bulkSilenceMs } from './bulk.js'
import { control, query } from './pool.js'

/*
 * Where the rows of one imported session wait until all of them have come: temporary tables of one
 * connection. No transaction is open meanwhile, so a slow sender holds no lock and no snapshot.
 */

export const stagedColumns = {
  turns: `id, user_message_id, status, model, plan, role_id, role_name, role_revision,
    idempotency_key, request_hash, usage, problem, params, retry_of, created_at, finished_at`,
  messages: `id, seq, role, kind, content, status, turn_id, variant_of, model, reasoning, usage,
    finish_reason, error_code, lifted_role, created_at`,
}

export type StagedKind = 'turns' | 'messages' | 'texts'

/** Of a bulk load: the triggers neither tell nor touch, and the statements may take their time. */
export async function makeStage(client: PoolClient): Promise<void> {
  await client.query(
    control(`SET c2a.bulk = 'on';
    CREATE TEMP TABLE staged_turns AS
      SELECT ${stagedColumns.turns}, NULL::jsonb AS spend FROM turns WITH NO DATA;
    CREATE TEMP TABLE staged_messages AS SELECT ${stagedColumns.messages} FROM messages WITH NO DATA;
    CREATE TEMP TABLE staged_texts (
      n bigint GENERATED ALWAYS AS IDENTITY, message_id uuid, part text, text text)`),
  )
}

/** A table is emptied at once when it has seen so many rows; that costs as much as deleting them. */
const dirtyRows = 2_000

/** In the transaction that has taken the rows over: should it fail, they stay. */
export function createStageCleaner(client: PoolClient): (rows: number) => Promise<void> {
  let dirty = 0
  return async (rows) => {
    dirty += rows
    if (dirty > dirtyRows) {
      await client.query(control('TRUNCATE staged_turns, staged_messages, staged_texts'))
      dirty = 0
      return
    }
    await client.query(
      control('DELETE FROM staged_turns; DELETE FROM staged_messages; DELETE FROM staged_texts'),
    )
  }
}

export async function stage(
  client: PoolClient,
  kind: StagedKind,
  rows: readonly object[],
): Promise<void> {
  if (rows.length === 0) return
  const source = `json_populate_recordset(NULL::staged_${kind}, $1::json)`
  const text =
    kind === 'texts'
      ? `INSERT INTO staged_texts (message_id, part, text)
         SELECT message_id, part, text FROM ${source}`
      : `INSERT INTO staged_${kind} SELECT * FROM ${source}`
  await query(client, `stage_${kind}`, text, [JSON.stringify(rows)], bulkSilenceMs)
}

/** Puts texts together that came in several lines; a line for no message here is one too many. */
export async function joinTexts(client: PoolClient): Promise<boolean> {
  for (const part of ['content', 'reasoning'] as const) {
    await query(
      client,
      `stage_join_${part}`,
      `UPDATE staged_messages m SET ${part} = coalesce(m.${part}, '') || joined.text
       FROM (SELECT message_id, string_agg(text, '' ORDER BY n) AS text FROM staged_texts
         WHERE part = '${part}' GROUP BY message_id) AS joined
       WHERE joined.message_id = m.id`,
      [],
      bulkSilenceMs,
    )
  }
  const stray = await query(
    client,
    'stage_stray',
    `SELECT FROM staged_texts t
     WHERE NOT EXISTS (SELECT FROM staged_messages m WHERE m.id = t.message_id) LIMIT 1`,
  )
  return stray.length === 0
}

/** Whether what `joinTexts` would make is too long for anybody to read. */
export async function isTooLong(client: PoolClient, mostCharacters: number): Promise<boolean> {
  const long = await query(
    client,
    'stage_too_long',
    `SELECT FROM staged_texts GROUP BY message_id HAVING sum(char_length(text)) > $1 LIMIT 1`,
    [mostCharacters],
    bulkSilenceMs,
  )
  return long.length > 0
}
