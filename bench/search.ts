// What a search costs with so many messages stored: the real daemon with its own Postgres, over its
// socket, each kind of query many times, beside a page of the list of sessions.
// `node scripts/bench.mjs search [messages] [rounds]`.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { connectionTo } from '../daemon/postgres/connection.js'
import type { DaemonFile } from '../shared/home.js'
import { type DaemonHome, startDaemonHome } from './daemon-home.js'
import { median, quantile, report, spread } from './tui-report.js'

/** Words by how often they come: the n-th is n times as rare as the first, as in any language. */
const vocabulary = 50_000
const sessionLength = 20
const wordsEach = 120
/** A person waits this long without noticing, ms. */
const mostP95 = 300

function connect({ env }: DaemonHome): pg.Client {
  const file = join(env['C2A_HOME'] ?? '', 'daemon.json')
  const { data_dir: directory = '' }: DaemonFile = JSON.parse(readFileSync(file, 'utf8'))
  const lines = readFileSync(join(directory, 'postmaster.pid'), 'utf8').split('\n')
  return new pg.Client(connectionTo(lines[4] ?? ''))
}

async function fill(database: pg.Client, messages: number): Promise<void> {
  const word = `'w' || floor(exp(random() * ln(${vocabulary})))::int`
  await database.query('SELECT setseed(0.5)')
  const batch = 20_000
  for (let made = 0; made < messages; made += batch) {
    const count = Math.min(batch, messages - made)
    // The sum keeps the planner from drawing the words of one message for all of them.
    await database.query(
      `WITH s AS (
         INSERT INTO sessions (title) SELECT 'w' || g FROM generate_series(1, $1::int / ${sessionLength}) g
         RETURNING id)
       INSERT INTO messages (session_id, role, content, seq, created_at)
       SELECT s.id, CASE WHEN n % 2 = 1 THEN 'user' ELSE 'assistant' END,
         (SELECT string_agg(${word}, ' ') FROM generate_series(1, ${wordsEach} + 0 * n)), n,
         now() - random() * interval '2 years'
       FROM s, generate_series(1, ${sessionLength}) n`,
      [count],
    )
  }
  // As the server does by itself after a while.
  await database.query('VACUUM ANALYZE')
}

const kinds: Readonly<Record<string, () => string>> = {
  'a rare word': () => `w${30_000 + Math.floor(Math.random() * 20_000)}`,
  'a usual word (1 in 10 messages)': () => `"w${1_000 + Math.floor(Math.random() * 200)}"`,
  'a word of nearly every message': () => '"w3"',
  'a beginning, of thousands of words': () => `w${10 + Math.floor(Math.random() * 90)}`,
  'two words': () =>
    `"w${200 + Math.floor(Math.random() * 99)}" "w${500 + Math.floor(Math.random() * 99)}"`,
  'two words in this order': () =>
    `"w${100 + Math.floor(Math.random() * 99)} w${300 + Math.floor(Math.random() * 99)}"`,
  'one without another': () => `"w${2_000 + Math.floor(Math.random() * 500)}" -"w1"`,
}

/** Of which each is in nearly every message: what it takes grows with what is stored, so it is only told. */
const hardest = () =>
  `"w${2 + Math.floor(Math.random() * 4)} w${6 + Math.floor(Math.random() * 4)}"`

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await work()
  return performance.now() - begin
}

async function bench(messages: number, rounds: number): Promise<void> {
  const daemon = startDaemonHome('http://127.0.0.1:9')
  const database = connect(daemon)
  await database.connect()
  try {
    const filled = await timed(() => fill(database, messages))
    console.log(
      `${messages} messages of ${wordsEach} words, filled in ${(filled / 1_000).toFixed(0)} s`,
    )
    const list: number[] = []
    const hard: number[] = []
    const took = new Map(Object.keys(kinds).map((name) => [name, [] as number[]]))
    for (let round = 0; round < rounds; round++) {
      list.push(await timed(() => daemon.client.listSessions(20)))
      hard.push(await timed(() => daemon.client.search({ q: hardest() })))
      for (const [name, query] of Object.entries(kinds)) {
        took.get(name)?.push(await timed(() => daemon.client.search({ q: query() })))
      }
    }
    report('a page of sessions, ms', spread(list))
    for (const [name, times] of took) {
      const value = quantile(times, 0.95)
      const ratio = (median(times) / median(list)).toFixed(0)
      report(`${name}, ms`, { value, most: mostP95, text: `${spread(times, 0)} (${ratio} x)` })
    }
    report('two of the most usual in this order, ms', spread(hard, 0))
  } finally {
    await database.end()
    daemon.close()
  }
}

const [messages = '100000', rounds = '30'] = process.argv.slice(2)
await bench(Number(messages), Number(rounds))
