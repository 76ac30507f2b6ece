import { describe, expect, test } from 'vitest'
import type { SearchWanted } from '../../../shared/client/client.js'
import type { Page } from '../../../shared/client/transport.js'
import { ProblemError } from '../../../shared/contract/problem.js'
import type { SearchHit } from '../../../shared/contract/search.js'
import { maxSearchLength } from '../../../shared/limits.js'
import { sessionOf } from '../slash/test-support.js'
import { hitOf } from '../state/fixtures/hit.js'
import { answer, question } from '../transcript/fixtures/transcript.js'
import { keys, narrow, startApp, type World } from './fixtures/app-under-test.js'

const shiftTab = '\x1b[Z'
const messages = [question('Where is the needle?', 'q').message, answer({ id: 'r' }).message]
const sessions = [sessionOf({ id: 'a', title: 'a' }), sessionOf({ id: 'b', title: 'b' })]

async function start(world: World = {}) {
  const under = await startApp({ size: narrow, sessions, messages, ...world })
  return {
    ...under,
    search: () => under.app.state.search,
    hits: () => under.app.state.search.answer?.hits.map(({ message_id }) => message_id),
    async type(...bytes: string[]) {
      for (const some of bytes.length > 0 ? bytes : ['']) {
        under.press(some)
        await under.settle()
      }
    },
  }
}

/** Searches that end when they are told to. */
function held() {
  const waiting: {
    wanted: SearchWanted
    end(page: Page<SearchHit>): void
    fail(error: Error): void
  }[] = []
  return {
    waiting,
    search: (wanted: SearchWanted) =>
      new Promise<Page<SearchHit>>((end, fail) => waiting.push({ wanted, end, fail })),
  }
}

const finds = (...ids: (string | null)[]) => ({ items: ids.map((id) => hitOf(id)) })

describe('the search', () => {
  test('is opened and closed with Ctrl+F and with Esc; the draft stays', async () => {
    const { app, type, typed } = await start()
    await type('draft', keys.ctrl('f'))
    expect(app.state.overlay).toEqual({ kind: 'search' })
    await type('words', keys.ctrl('f'))
    expect(app.state.overlay).toBeUndefined()
    await type(keys.ctrl('f'), keys.escape)
    expect([app.state.overlay, typed()]).toEqual([undefined, 'draft'])
  })

  test('looks for what is typed, one request at a time, and for the newest words next', async () => {
    const { waiting, search } = held()
    const { type, hits } = await start({ search })
    await type(keys.ctrl('f'), 'a')
    expect(waiting).toHaveLength(0)
    await type('b', 'c', 'd')
    expect(waiting.map(({ wanted }) => wanted.q)).toEqual(['ab'])
    waiting[0]?.end(finds('1'))
    await type()
    expect(waiting.map(({ wanted }) => wanted.q)).toEqual(['ab', 'abcd'])
    expect(hits()).toEqual(['1'])
    waiting[1]?.end(finds('2'))
    await type()
    expect(hits()).toEqual(['2'])
    expect(waiting).toHaveLength(2)
  })

  test('finds a single letter with Enter, and a single character of Chinese at once', async () => {
    const { did, type } = await start()
    await type(keys.ctrl('f'), 'c', keys.enter)
    await type(keys.backspace, '世')
    expect(did).toEqual(['search q=c&order=rank', 'search q=%E4%B8%96&order=rank'])
  })

  test('goes on with the next page when the marker comes near the end', async () => {
    const pages = [
      { ...finds(...Array.from({ length: 20 }, (_, index) => `m${index}`)), older: 'next' },
      finds('last'),
    ]
    const { did, type, hits, search } = await start({
      search: async () => pages.shift() ?? finds(),
    })
    await type(keys.ctrl('f'), 'needle', keys.down, keys.pageDown)
    expect(did).toHaveLength(1)
    await type(keys.pageDown)
    expect(did.at(-1)).toBe('search q=needle&order=rank&cursor=next')
    expect(hits()).toHaveLength(21)
    await type(keys.pageDown)
    expect(search().index).toBe(20)
    expect(did).toHaveLength(2)
    await type(keys.up)
    expect(search().index).toBe(19)
  })

  test('is of this session with Tab, and by time with Shift+Tab', async () => {
    const { did, type } = await start()
    await type(keys.ctrl('f'), 'needle', keys.tab, shiftTab, keys.tab)
    expect(did).toEqual([
      'search q=needle&order=rank',
      'search q=needle&order=rank&session=a',
      'search q=needle&order=time&session=a',
      'search q=needle&order=time',
    ])
  })

  test('opens a hit with Enter: its session with the message marked; then it goes on from there', async () => {
    const found = [hitOf('q', { session_id: 'b' }), hitOf('r', { session_id: 'b' })]
    const { app, did, type, search } = await start({ search: async () => ({ items: found }) })
    await type('draft', keys.ctrl('f'), 'needle', keys.enter)
    expect(app.state.overlay).toBeUndefined()
    expect(app.state.session?.id).toBe('b')
    expect(app.transcript.draw().lines.join('\n')).toContain('needle')
    did.length = 0
    await type(keys.ctrl('f'))
    expect(did).toEqual([])
    expect([search().editor.text, search().index, search().isSelected]).toEqual(['needle', 0, true])
    await type(keys.down, keys.enter, keys.ctrl('f'))
    expect(search().index).toBe(1)
  })

  test('begins anew with what is typed over the words of the last time, and goes on with the arrows', async () => {
    const { type, search } = await start()
    await type(keys.ctrl('f'), 'old words', keys.escape, keys.ctrl('f'), 'n')
    expect(search().editor.text).toBe('n')
    await type(keys.escape, keys.ctrl('f'), keys.left, 'x')
    expect(search().editor.text).toBe('xn')
    await type(keys.escape, keys.ctrl('f'), keys.backspace)
    expect(search().editor.text).toBe('')
    await type(keys.ctrl('_'))
    expect(search().editor.text).toBe('xn')
  })

  test('opens nothing that was found for other words: Enter asks first', async () => {
    const { waiting, search } = held()
    const { app, type } = await start({ search })
    await type(keys.ctrl('f'), 'ab')
    waiting[0]?.end(finds('q'))
    await type('c', keys.enter)
    expect(app.state.overlay).toEqual({ kind: 'search' })
    waiting[1]?.end(finds())
    await type(keys.enter)
    expect(app.state.overlay).toEqual({ kind: 'search' })
  })

  test('of /search has its words at once, in quotes if they are typed; without any it is Ctrl+F', async () => {
    const { app, did, type, search } = await start()
    const asked = () => did.filter((one) => one.startsWith('search'))
    await type('/search "to be"', keys.enter)
    expect(asked()).toEqual(['search q=%22to+be%22&order=rank'])
    await type(keys.escape, '/search c', keys.enter)
    expect(asked()).toHaveLength(2)
    await type(keys.escape, '/search', keys.enter)
    expect(app.state.overlay).toEqual({ kind: 'search' })
    expect(search().isSelected).toBe(true)
  })

  test('leaves keys that are not its own: one opens the models instead', async () => {
    const { app, type } = await start()
    await type(keys.ctrl('f'), keys.ctrl('o'))
    expect(app.state.overlay).toMatchObject({ kind: 'models' })
    await type(keys.ctrl('f'))
    expect(app.state.overlay).toEqual({ kind: 'search' })
  })
})

describe('a search that fails', () => {
  test('on its next page keeps what there is, and tries once more with the next key', async () => {
    const pages = [
      () => Promise.resolve({ ...finds(...'abcdef'), older: 'next' }),
      () => Promise.reject(new ProblemError('db_unavailable', 'too long')),
      () => Promise.resolve(finds('g')),
    ]
    const { did, type, hits, search } = await start({
      search: () => pages.shift()?.() ?? Promise.resolve(finds()),
    })
    await type(keys.ctrl('f'), 'needle', keys.down)
    expect([hits()?.length, search().problem?.text.slice(0, 8)]).toEqual([6, 'too long'])
    expect(did).toHaveLength(2)
    await type(keys.down)
    expect([hits()?.length, search().problem, search().index]).toEqual([7, undefined, 2])
    expect(did).toHaveLength(3)
  })

  const failing = async (error: Error) => {
    const under = await start({ search: () => Promise.reject(error) })
    await under.type(keys.ctrl('f'), 'needle')
    return under
  }

  test('because the daemon does not know it says that in a line', async () => {
    const { search } = await failing(new ProblemError('not_found', 'no such endpoint'))
    expect(search().problem?.text).toBe('this daemon is too old to search; update it')
  })

  test('because of its words says why, and asks again for others or with Enter', async () => {
    const error = new ProblemError('invalid_request', 'q: there is no word to look for', {
      hint: 'Give letters or digits.',
    })
    const { did, search, type } = await failing(error)
    expect(search().problem?.text).toBe('there is no word to look for. Give letters or digits.')
    await type(keys.left, keys.tab, keys.tab)
    const before = did.length
    await type(keys.enter)
    expect(did).toHaveLength(before + 1)
  })

  test('because it takes too long does not take the daemon for lost', async () => {
    const { app, did, search } = await failing(new ProblemError('db_unavailable', 'too long'))
    expect([app.state.link.kind, search().problem?.text.slice(0, 8)]).toEqual([
      'online',
      'too long',
    ])
    expect(did).toHaveLength(1)
  })

  test('because the daemon is away is made up for when it is back', async () => {
    const answers = [
      () => Promise.reject(new ProblemError('daemon_unreachable', 'gone')),
      () => Promise.resolve(finds('q')),
    ]
    const { app, did, hits, search, type } = await start({
      search: () => answers.shift()?.() ?? Promise.resolve(finds()),
    })
    await type(keys.ctrl('f'), 'needle')
    expect(app.state.link.kind).toBe('lost')
    expect(search().problem?.text).toContain('the daemon is away')
    await type(keys.enter, keys.enter)
    expect(did).toHaveLength(1)
    app.link.back()
    await type()
    expect([hits(), search().problem, did.length]).toEqual([['q'], undefined, 2])
  })

  test('is not asked for what is too long to ask', async () => {
    const { did, search, type } = await start()
    await type(keys.ctrl('f'), keys.paste('x'.repeat(maxSearchLength + 1)))
    expect(did).toEqual([])
    expect(search().problem?.text).toContain('1001 characters are too many')
  })
})

describe('a hit', () => {
  const open = async (hit: SearchHit, world: World = {}) => {
    const under = await start({ search: async () => ({ items: [hit] }), ...world })
    await under.type(keys.ctrl('f'), 'needle', keys.enter)
    return under
  }
  /** The last line that stands out. */
  const marked = ({ app }: Awaited<ReturnType<typeof start>>) => app.transcript.draw().lines

  test('in the open session does not open it again', async () => {
    const under = await open(hitOf('q'))
    expect(under.did).toEqual(['search q=needle&order=rank'])
    expect(marked(under).join('\n')).toContain('needle')
  })

  test('that is a title opens its session', async () => {
    const under = await open(hitOf(null, { session_id: 'b' }))
    expect(under.app.state.session?.id).toBe('b')
    expect(under.app.state.hint).toBeUndefined()
  })

  test('that is gone, with its session or alone, says so', async () => {
    const gone = await open(hitOf('x', { session_id: 'none' }))
    expect(gone.app.state.hint).toBe('This session is not there any more.')
    const alone = await open(hitOf('x'))
    expect(alone.app.state.hint).toBe('This message is not there any more.')
  })
})
