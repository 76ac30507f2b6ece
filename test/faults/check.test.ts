import { randomUUID } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { TurnEvent } from '../../shared/contract/event.js'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { ask, collect, startDaemon, startGated, turnOf } from '../support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { createHistory, expectHolds, type History, type Rule } from './support/check.js'

interface Stage {
  database: TestDatabase
  upstream: Upstream
  history: History
  /** Sessions with a turn that was read, one that was read after it, and in another a turn that nobody read. */
  readSession: string
  readTurn: string
  read: TurnEvent[]
  later: TurnEvent[]
  unreadTurn: string
  /** Deleted while its turn ran. */
  deletedSession: string
  deletedTurn: string
  deletedSeen: TurnEvent[]
}

/** A little of everything, without a fault: reading, resuming, a plan, reasoning, a deletion. */
async function play(history: History): Promise<Stage> {
  const database = await createTestDatabase()
  const upstream = await startUpstream({ litellm: true })
  onTestFinished(upstream.close)
  const daemon = await startDaemon({ database, upstream })
  const { client } = daemon
  const post = async (sessionId: string, body: object): Promise<TurnEvent[]> => {
    const key = randomUUID()
    const full = { message: 'Hi', ...body }
    const stream = await client.chat(sessionId, full, { idempotencyKey: key })
    return collect(history.read(stream, { key }))
  }

  const { id: readSession } = await history.call('create', client.createSession({}))
  const read = await post(readSession, { model: 'reasoning' })
  const rest = await client.attach(turnOf(read), read[1]?.id)
  await collect(history.read(rest, { after: 2 }))
  const plan = { planning_model: 'ok', answering_model: 'lorem-20' }
  const later = await post(readSession, { plan })

  const unread = await ask(daemon, { model: 'reasoning' })

  const gated = await startGated(daemon, upstream, 'check')
  const reader = history.reader()
  gated.call.release('half')
  for await (const batch of gated.stream) {
    reader.saw(batch)
    if (batch.some(({ event }) => event === 'delta')) break
  }
  const deletedTurn = turnOf(reader.events)
  const following = collect(history.read(await client.attach(deletedTurn, undefined)))
  reader.ended()
  await history.call('delete', client.deleteSession(gated.session.id))
  history.deleted(gated.session.id)
  await Promise.all([following, gated.call.ended])
  await daemon.stop()
  return {
    database,
    upstream,
    history,
    readSession,
    readTurn: turnOf(read),
    read,
    later,
    unreadTurn: turnOf(unread.events),
    deletedSession: gated.session.id,
    deletedTurn,
    deletedSeen: [...reader.events],
  }
}

type Bug = (stage: Stage) => unknown

const changed = (events: readonly TurnEvent[]): TurnEvent[] =>
  events.map((event) =>
    event.event === 'delta' ? { ...event, data: { text: `${event.data.text}?` } } : event,
  )

/** One more reader, who is done. */
const reading =
  (events: (stage: Stage) => readonly TurnEvent[], after = 0): Bug =>
  (stage) => {
    const reader = stage.history.reader({ after })
    reader.saw(events(stage))
    reader.ended()
  }

const sql =
  (statement: string, value: (stage: Stage) => string): Bug =>
  (stage) =>
    stage.database.pool.query(statement, [value(stage)])

const unread = ({ unreadTurn }: Stage): string => unreadTurn
const last = ({ read }: Stage): TurnEvent[] => read.slice(-1)
const all = ({ read }: Stage): TurnEvent[] => read
const delta = (text: string, id?: string): TurnEvent => ({
  event: 'delta',
  data: { text },
  ...(id && { id }),
})

/** Each bug, the rules that it breaks, and no other. */
const bugs: readonly (readonly [what: string, broken: readonly Rule[], bug: Bug])[] = [
  ['a reader was shown other text', ['I1'], reading((stage) => changed(stage.read))],
  [
    'a reader was shown an event that is not there',
    ['I1'],
    reading(({ readTurn }) => [delta('more', `${readTurn}:100`)], 99),
  ],
  [
    'a reader was shown half an event that is not there',
    ['I1'],
    reading((stage) => [...stage.read.slice(0, 2), delta('never ')]),
  ],
  [
    'two readers of a session that is gone were shown different text',
    ['I1'],
    reading((stage) => changed(stage.deletedSeen)),
  ],
  [
    'a stored event is missing',
    ['I2', 'I3'],
    sql(`DELETE FROM turn_events WHERE turn_id = $1 AND event = 'delta'`, unread),
  ],
  [
    'a reader missed an event',
    ['I2'],
    reading(({ read }) => [...read.slice(0, 2), ...read.slice(3)]),
  ],
  [
    'a reader saw an event twice',
    ['I2'],
    reading(({ read }) => [...read.slice(0, 2), ...read.slice(1)]),
  ],
  [
    'a reader was given another turn',
    ['I2'],
    reading(({ read, later }) => [...read.slice(0, 2), ...later.slice(2)]),
  ],
  [
    'a message is not what its events say',
    ['I3'],
    sql(`UPDATE messages SET content = 'x' WHERE turn_id = $1 AND role = 'assistant'`, unread),
  ],
  [
    'what was thought is not what its events say',
    ['I3'],
    sql(`UPDATE messages SET reasoning = NULL WHERE turn_id = $1`, unread),
  ],
  [
    'the end tells of another length',
    ['I3'],
    sql(
      `UPDATE turn_events SET data = replace(data, '"length":2', '"length":3')
       WHERE turn_id = $1 AND event = 'turn.done'`,
      unread,
    ),
  ],
  [
    'a turn ended twice',
    ['I4'],
    sql(
      `INSERT INTO turn_events SELECT turn_id, n + 1, 'turn.interrupted', data FROM turn_events
       WHERE turn_id = $1 AND event = 'turn.done'`,
      unread,
    ),
  ],
  [
    'a turn ended without saying so',
    ['I4'],
    sql(`DELETE FROM turn_events WHERE turn_id = $1 AND event = 'turn.done'`, unread),
  ],
  [
    'a turn ended in another way than it said',
    ['I4'],
    sql(`UPDATE turns SET status = 'stopped' WHERE id = $1`, unread),
  ],
  ['a reader was shown something after the end', ['I4'], reading((s) => [...all(s), delta('')])],
  ['a reader was shown two ends', ['I2', 'I4'], reading((s) => [...all(s), ...last(s)])],
  [
    'a session has two live turns',
    ['I5', 'I8'],
    async (stage) => {
      await stage.database.pool.query('DROP INDEX turns_one_live')
      await sql(
        `INSERT INTO turns (session_id, user_message_id, model, instance, boot, lease_until)
         SELECT session_id, user_message_id, model, instance, boot, now() FROM turns, generate_series(1, 2)
         WHERE id = $1`,
        unread,
      )(stage)
    },
  ],
  [
    'a turn began while another ran',
    ['I5'],
    sql(
      `UPDATE turns SET finished_at = now() + interval '1 hour' WHERE id = $1`,
      ({ readTurn }) => readTurn,
    ),
  ],
  [
    'a turn was asked twice of the upstream',
    ['I6'],
    async ({ upstream, unreadTurn }) => {
      await fetch(`${upstream.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'x-litellm-call-id': unreadTurn },
        body: JSON.stringify({ model: 'ok', stream: true }),
      })
    },
  ],
  [
    'a key made two turns',
    ['I6'],
    ({ history, read, deletedSeen }) => {
      for (const events of [read, deletedSeen]) {
        const reader = history.reader({ key: 'the same' })
        reader.saw(events)
        reader.ended()
      }
    },
  ],
  [
    'a number is missing in a session',
    ['I7'],
    sql(`UPDATE messages SET seq = 9 WHERE turn_id = $1 AND role = 'assistant'`, unread),
  ],
  [
    'a session would give a number again',
    ['I7'],
    sql(
      'UPDATE sessions SET next_seq = next_seq - 1 WHERE id = $1',
      ({ readSession }) => readSession,
    ),
  ],
  [
    'an answer stands before its question',
    ['I7'],
    async (stage) => {
      await stage.database.pool.query('DROP INDEX messages_session_seq')
      await sql('UPDATE messages SET seq = 3 - seq WHERE turn_id = $1', unread)(stage)
    },
  ],
  [
    'a message streams for ever',
    ['I8'],
    sql(
      `UPDATE messages SET status = 'streaming' WHERE turn_id = $1 AND role = 'assistant'`,
      unread,
    ),
  ],
  [
    'a turn streams for ever',
    ['I4', 'I8'],
    sql(`UPDATE turns SET status = 'streaming', finished_at = NULL WHERE id = $1`, unread),
  ],
  [
    'a session came back',
    ['I11'],
    sql('INSERT INTO sessions (id) VALUES ($1)', ({ deletedSession }) => deletedSession),
  ],
  [
    'events outlived their session',
    ['I11'],
    async (stage) => {
      await stage.database.pool.query(
        'ALTER TABLE turn_events DROP CONSTRAINT turn_events_turn_id_fkey',
      )
      await sql(
        `INSERT INTO turn_events (turn_id, n, event, data) VALUES ($1, 1, 'turn.started', '{}')`,
        ({ deletedTurn }) => deletedTurn,
      )(stage)
    },
  ],
  ['a reader waits for ever', ['I12'], ({ history }) => void history.reader({ key: 'waiting' })],
  [
    'a request is never answered',
    ['I12'],
    ({ history }) => void history.call('stop', new Promise(() => undefined)),
  ],
]

const brokenRules = async ({ history, database, upstream }: Stage): Promise<Rule[]> => [
  ...new Set((await history.check({ database, upstream })).map(({ rule }) => rule)),
]

describe('the checker', () => {
  test('has nothing against a run without a fault', async () => {
    const stage = await play(createHistory())
    expect(await stage.history.check(stage)).toEqual([])
  })

  test.each(bugs)('catches: %s (%j)', async (_, broken, bug) => {
    const stage = await play(createHistory())
    await bug(stage)
    expect((await brokenRules(stage)).sort()).toEqual(broken)
  })

  test('catches: a silence that was too long ("I12")', async () => {
    expect(await brokenRules(await play(createHistory({ silenceMs: 0 })))).toEqual(['I12'])
  })

  test('names the rule, what breaks it, and how to have the run again', async () => {
    const stage = await play(createHistory())
    await sql('INSERT INTO sessions (id) VALUES ($1)', (s) => s.deletedSession)(stage)
    await expect(expectHolds(stage.history, stage, 'seed 7')).rejects.toThrow(
      `violations: 1; seed 7\nI11 what was deleted stays deleted: session ${stage.deletedSession} is back`,
    )
  })
})
