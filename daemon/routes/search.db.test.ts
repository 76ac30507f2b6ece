import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { SearchHit } from '../../shared/contract/search.js'
import { ask, send, type TestDaemon } from '../../test/support/daemon.js'
import type { TestDatabase } from '../../test/support/database.js'
import { invite } from '../../test/support/people.js'
import { startStage } from '../../test/support/stage.js'

let database: TestDatabase
let daemon: TestDaemon

beforeAll(async () => {
  const stage = await startStage({ upstream: { litellm: true } })
  ;({ database, daemon } = stage)
  return stage.close
})

interface Written {
  content: string
  role?: 'user' | 'assistant'
  model?: string | null
  at?: string
}

const query = async (text: string, values: unknown[]) =>
  (await database.pool.query<{ id: string }>(text, values)).rows

/** A session of messages that need no model; the title is none of their words. */
async function write(messages: readonly Written[], title = 'Untitled', owner = 'local') {
  const [session] = await query(
    'INSERT INTO sessions (title, owner) VALUES ($1, $2) RETURNING id',
    [title, owner],
  )
  const ids: string[] = []
  for (const { content, role = 'user', model = null, at = null } of messages) {
    const [row] = await query(
      `INSERT INTO messages (session_id, role, content, model, created_at)
       VALUES ($1, $2, $3, $4, coalesce($5::timestamptz, now())) RETURNING id`,
      [session?.id, role, content, model, at],
    )
    ids.push(String(row?.id))
  }
  return { id: String(session?.id), ids }
}

async function find(q: string, more: Record<string, string> = {}, who: TestDaemon = daemon) {
  const { status, text } = await send(who, `/api/search?${new URLSearchParams({ q, ...more })}`)
  expect([status, text]).toEqual([200, expect.anything()])
  return JSON.parse(text) as SearchHit[]
}

const found = async (q: string, more: Record<string, string> = {}) =>
  (await find(q, more)).map(({ message_id }) => message_id)

describe('a message is found', () => {
  test.each([
    ['by the beginning of a word, in any case', 'Use Quicksort for it', 'quickSO'],
    ['by a part of a path', 'see src/zebra_utils.py, line 3', 'zebra'],
    ['by the whole path', 'see src/giraffe/main.ts now', 'src/giraffe/main.ts'],
    ['by a word of an address', 'at https://okapi.example.org/a?b=c', 'okapi'],
    ['by what stands in a tag', '<panther-box class="x">', 'panther'],
    ['by words that are not neighbours', 'lynx here and ocelot there', 'ocelot lynx'],
    ['by words in their order', 'the quick brown mongoose', '"brown mongoose"'],
    ['without the words that must not be there', 'only a badger', 'badger -weasel'],
    ['by one alternative', 'a solitary wolverine', 'unicorn OR wolverine'],
    ['in Chinese, from the middle of a sentence', '你好，美丽的世界。', '世界'],
    ['in Japanese', '東京タワーに行きました', 'タワー'],
    ['in Thai', 'สวัสดีชาวโลก', 'ชาวโลก'],
    ['in Korean, with a particle', '아름다운 세계를 보다', '세계'],
    ['in Greek, in any case', 'Η ΑΛΕΠΟΎ τρέχει', 'αλεπού'],
    ['by a number', 'port 54329 is taken', '54329'],
    ['with quotes and backslashes around it', `C:\\Users\\'tapir'`, `'tapir'\\`],
  ])('%s', async (_, content, q) => {
    const { ids } = await write([{ content }])
    expect(await found(q)).toEqual(ids)
  })

  test.each([
    ['another order', '"mongoose brown"'],
    ['a word that must not be there', 'quicksort -use'],
    ['a part of a word', 'icksort'],
    ['characters that are not neighbours', '丽界'],
  ])('but not by %s', async (_, q) => {
    await write([{ content: 'Use Quicksort, 美丽的世界, the brown mongoose' }], 'mixed')
    expect(await found(q)).toEqual([])
  })

  test('far into a long text, with a snippet from there', async () => {
    const { ids } = await write([{ content: `${'filler text '.repeat(15_000)} aardvark end` }])
    const [hit] = await find('aardvark')
    expect(hit?.message_id).toBe(ids[0])
    expect(hit?.snippet).toMatch(/^….*filler text aardvark end$/)
    const [from = 0, to = 0] = hit?.matches[0] ?? []
    expect(hit?.snippet.slice(from, to)).toBe('aardvark')
  })

  test('as soon as its turn is over, with session, model and role', async () => {
    await daemon.client.createRole({ name: 'Search Reviewer', instructions: 'Review.' })
    const asked = await ask(daemon, {
      model: 'echo',
      message: 'a capybara, please',
      role: 'Search Reviewer',
    })
    const hits = await find('capybara')
    expect(hits.map(({ role, model }) => [role, model])).toEqual(
      expect.arrayContaining([
        ['user', null],
        ['assistant', 'echo'],
      ]),
    )
    expect(new Set(hits.map(({ session_id }) => session_id))).toEqual(new Set([asked.sessionId]))
    const answers = await find('capybara', { role: 'search reviewer' })
    expect(answers.map(({ role }) => role)).toEqual(['assistant'])
  })
})

describe('what is looked through', () => {
  test('titles, where no message of the session was found', async () => {
    const both = await write([{ content: 'the hedgehog' }], 'About the hedgehog')
    const title = await write([{ content: 'nothing' }], 'Hedgehog plans')
    const hits = await find('hedgehog')
    expect(hits.map((hit) => [hit.session_id, hit.message_id])).toEqual([
      [title.id, null],
      [both.id, both.ids[0]],
    ])
    expect(hits[0]).toMatchObject({ snippet: 'Hedgehog plans', matches: [[0, 8]], role: null })
  })

  test('by session, author, model and time', async () => {
    const one = await write([
      { content: 'a walrus', at: '2025-01-01T00:00:00Z' },
      { content: 'walrus!', role: 'assistant', model: 'm/1', at: '2025-02-01T00:00:00Z' },
    ])
    const other = await write([{ content: 'walrus', at: '2025-03-01T00:00:00Z' }])
    expect(await found('walrus', { session: other.id })).toEqual(other.ids)
    expect(await found('walrus', { author: 'assistant' })).toEqual([one.ids[1]])
    expect(await found('walrus', { model: 'm/1' })).toEqual([one.ids[1]])
    expect(await found('walrus', { since: '2025-02-01T00:00:00Z', order: 'time' })).toEqual([
      other.ids[0],
      one.ids[1],
    ])
    expect(await found('walrus', { before: '2025-02-01T00:00:00Z' })).toEqual([one.ids[0]])
  })

  test('nothing of somebody else, nor of what is not to be kept', async () => {
    const ann = await invite(daemon, 'ann-who-searches', { scope: 'read' })
    const mine = await write([{ content: 'my secret narwhal' }], 'narwhal')
    expect(await find('narwhal', {}, ann)).toEqual([])
    expect(await find('narwhal', { session: mine.id }, ann)).toEqual([])
    const kept = await write([{ content: 'an unsaved manatee' }])
    await query('UPDATE sessions SET ephemeral = true WHERE id = $1', [kept.id])
    expect(await find('manatee')).toEqual([])
  })
})

describe('pages', () => {
  test.each(['rank', 'time'])('by %s, without gap or repetition', async (order) => {
    const word = `pagina${order}`
    const sessions = []
    for (let index = 0; index < 4; index++) {
      const content = `${word} `.repeat(index + 1)
      sessions.push(await write([{ content }, { content: `only ${word}` }], `${word} title`))
    }
    sessions.push(await write([{ content: 'none' }], `${word} alone`))
    const all = await find(word, { order, limit: '100' })
    expect(all).toHaveLength(9)
    const paged: SearchHit[] = []
    let path: string | undefined = `/api/search?q=${word}&order=${order}&limit=2`
    while (path !== undefined) {
      const { text, headers } = await send(daemon, path)
      paged.push(...(JSON.parse(text) as SearchHit[]))
      path = /<(.*)>; rel="next"/.exec(String(headers['link'] ?? ''))?.[1]
    }
    expect(paged).toEqual(all)
  })

  test('an answer stands before its question, which has the same time', async () => {
    const { ids } = await write(
      Array.from({ length: 6 }, () => ({ content: 'kestrel', at: '2024-05-01T00:00:00Z' })),
    )
    expect(await found('kestrel')).toEqual(ids.toReversed())
  })

  test('the best first, or the newest', async () => {
    const best = { content: 'pelican pelican pelican', at: '2024-01-01T00:00:00Z' }
    const { ids } = await write([best, { content: `a pelican among ${'others '.repeat(50)}` }])
    expect(await found('pelican')).toEqual(ids)
    expect(await found('pelican', { order: 'time' })).toEqual([...ids].reverse())
  })

  test.each([
    ['q=', 'q'],
    ['q=%20', 'q'],
    ['q=%3F%3F', 'no word'],
    ['q=-a', 'must not'],
    [`q="${'a+'.repeat(129)}"`, 'more than 128 words'],
    [`q=${encodeURIComponent('世'.repeat(129))}`, 'more than 128 words'],
    [`q=${'a'.repeat(1_001)}`, 'q'],
    ['q=a&limit=0', 'limit'],
    ['q=a&limit=101', 'limit'],
    ['q=a&cursor=forged', 'cursor'],
    ['q=a&session=x', 'session'],
    ['q=a&order=best', 'order'],
    ['q=a&since=yesterday', 'since'],
    ['q=a&before=0000-01-01T00:00:00Z', 'before'],
    ['q=a%00b&model=a,b', 'model'],
    ['', 'q'],
  ])('%s is refused', async (query, why) => {
    const { status, text } = await send(daemon, `/api/search?${query}`)
    expect([status, JSON.parse(text).code]).toEqual([400, 'invalid_request'])
    expect(JSON.parse(text).detail).toContain(why)
  })

  test('a long phrase finds its text, and costs no more than any other', async () => {
    const { ids } = await write([{ content: 'ibex gnu '.repeat(20_000) }, { content: 'ibex' }])
    const q = `"${'ibex gnu '.repeat(60)}"`
    expect(await found(q)).toEqual([ids[0]])
    const [hit] = await find(q)
    expect(hit?.snippet).toMatch(/^ibex gnu/)
  })

  test('whatever is typed is a search or a 400, and never an error of the database', async () => {
    const pieces = ['a', "'", '\\', ':*', '&', '|', '!', '(', ')', '<->', '"', '-', '*', '%', '\0']
    for (let seed = 0; seed < 200; seed++) {
      const q = Array.from({ length: 6 }, (_, at) => pieces[(seed * (at + 3) + at * at) % 15])
      const { status } = await send(
        daemon,
        `/api/search?${new URLSearchParams({ q: q.join(''), role: 'no\0ne' })}`,
      )
      expect([q.join(''), [200, 400].includes(status)]).toEqual([q.join(''), true])
    }
    expect(await find(randomUUID())).toEqual([])
  })
})
