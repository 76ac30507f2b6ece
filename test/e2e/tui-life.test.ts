import { describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { expectStill, keys, openTui, shareHome, type Tui } from '../support/tui.js'

const home = shareHome()

const open = (model: string): Promise<Tui> => openTui(home, ['-n', '-m', model])

describe('a daemon that is killed in the middle of an answer', () => {
  test('comes back by itself: banner, the text that was shown, its mark, and the draft', async () => {
    const tui = await open('gate+killed')
    tui.type('hi\r')
    const call = await home.upstream.waitFor('gate+killed')
    call.release('Paid for ')
    await tui.shows('Paid for')
    tui.type('a draft')
    await tui.until(() => tui.draft() === 'a draft')
    await home.c2a.stopDaemon('SIGKILL')
    await tui.until((screen) => screen.includes('^R now') || screen.includes('interrupted'))
    await tui.shows('Paid for', 'interrupted', '● local', 'F1 help')
    expect(tui.raw(), 'the banner was there').toContain('^R now')
    expect(tui.draft()).toBe('a draft')
    expect(tui.screen().split('Paid for')).toHaveLength(2)
    const [session] = await home.client.listSessions(1)
    const messages = await home.client.listMessages(session?.id ?? '')
    expect(messages.map(({ content, status }) => [content, status])).toEqual([
      ['hi', 'complete'],
      ['Paid for ', 'interrupted'],
    ])
    tui.type(keys.ctrl('c'))
    await tui.until(() => tui.draft() === '')
    tui.type('/model ok\r')
    await tui.shows('Model: ok')
    tui.type('again\r')
    await tui.shows('Hello, world.', 'F1 help')
  })

  test('is tried again at once with Ctrl+R, and what is sent meanwhile is not lost', async () => {
    const tui = await open('ok')
    await home.c2a.stopDaemon('SIGKILL')
    tui.type('hello\r')
    await tui.shows('Hello, world.', 'F1 help')
    expect(home.upstream.hits('ok')).toBeGreaterThan(0)
    const [session] = await home.client.listSessions(1)
    expect(await home.client.listMessages(session?.id ?? '')).toHaveLength(2)
  })
})

describe('a resize in the middle of a stream', () => {
  test('leaves the screen that a repaint gives, at every size', async () => {
    const tui = await open('gate+resize')
    tui.type('Count\r')
    const call = await home.upstream.waitFor('gate+resize')
    await tui.until((screen) => screen.startsWith(' c2a │ Count '))
    let n = 0
    for (const [columns, rows] of [
      [120, 40],
      [40, 10],
      [100, 24],
      [99, 24],
      [200, 60],
      [61, 17],
      [80, 24],
    ] as const) {
      n += 1
      call.release(`- item ${n} with 日本語 and a text that has to be wrapped somewhere\n`)
      tui.resize(columns, rows)
      call.release(`- **more** of ${n}\n`)
      await tui.until(
        (screen) => screen.includes(`more of ${n}`) && /╯$/m.test(screen.split('\n').at(-2) ?? ''),
      )
      await tui.until(() => (tui.screen().split('\n').at(-2) ?? '').length === columns)
      const before = tui.masked()
      const written = tui.raw().length
      tui.type(keys.ctrl('l'))
      await tui.until(() => tui.raw().slice(written).includes('\x1b[2J'))
      await tui.until(() => tui.masked() === before)
    }
    call.finish()
    await tui.shows('F1 help')
  })

  test('of many sizes at once ends at the last one', async () => {
    const tui = await open('ok')
    tui.type('hi\r')
    await tui.shows('Hello, world.', 'F1 help')
    for (let columns = 60; columns < 140; columns += 7) tui.resize(columns, 20 + (columns % 9))
    tui.resize(90, 30)
    await tui.until((screen) => /^╭─{88}╮$/m.test(screen) && screen.split('\n').length === 30)
    const before = tui.masked()
    const written = tui.raw().length
    tui.type(keys.ctrl('l'))
    await tui.until(() => tui.raw().slice(written).includes('\x1b[2J'))
    await tui.until(() => tui.masked() === before)
  })
})

/** The modes that the program sets, and whether each is undone in what it wrote last. */
const modes = [
  ['\x1b[?1049h', '\x1b[?1049l'],
  ['\x1b[?7l', '\x1b[?7h'],
  ['\x1b[?25l', '\x1b[?25h'],
  ['\x1b[?2004h', '\x1b[?2004l'],
  ['\x1b[?1004h', '\x1b[?1004l'],
  ['\x1b[?1000h', '\x1b[?1000l'],
  ['\x1b[?1002h', '\x1b[?1002l'],
  ['\x1b[?1006h', '\x1b[?1006l'],
  ['\x1b[>4;2m', '\x1b[>4m'],
  ['\x1b[>1u', '\x1b[<u'],
] as const

describe('leaving', () => {
  test.each([
    ['Ctrl+D', async (tui: Tui) => tui.type('\x04')],
    ['/quit', async (tui: Tui) => tui.type('/quit\r')],
    [
      'Ctrl+C twice',
      async (tui: Tui) => {
        tui.type('\x03')
        await tui.shows('once more leaves')
        tui.type('\x03')
      },
    ],
  ])(
    'with %s exits 0, and the terminal is as it was, with a line how to come back',
    async (_, leave) => {
      const tui = await open('ok')
      tui.type('hi\r')
      await tui.shows('Hello, world.', 'F1 help')
      await tui.until((screen) => screen.startsWith(' c2a │ hi '))
      await leave(tui)
      expect(await tui.exit).toBe(0)
      for (const [on, off] of modes) {
        expect(tui.raw(), JSON.stringify(on)).toContain(on)
        expect(tui.raw().lastIndexOf(off), JSON.stringify(off)).toBeGreaterThan(
          tui.raw().lastIndexOf(on),
        )
      }
      expect(tui.screen()).toMatch(/^Back to "hi" with: c2a -s [\da-f]{8}$/)
    },
  )

  test('with Ctrl+C empties the composer first, and Up has the text', async () => {
    const tui = await open('ok')
    tui.type('half a thought')
    await tui.until(() => tui.draft() === 'half a thought')
    tui.type('\x03')
    await tui.until(() => tui.draft() === '')
    tui.type(keys.up)
    await tui.until(() => tui.draft() === 'half a thought')
    // Not with something typed.
    tui.type('\x04')
    tui.type('!')
    await tui.until(() => tui.draft() === 'half a thought!')
  })

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('because of %s gives the terminal back as well', async (signal, code) => {
    const tui = await open('ok')
    tui.kill(signal)
    expect(await tui.exit).toBe(code)
    for (const [on, off] of modes) {
      expect(tui.raw().lastIndexOf(off), JSON.stringify(off)).toBeGreaterThan(
        tui.raw().lastIndexOf(on),
      )
    }
  })
})

describe('an idle chat', () => {
  test('writes nothing, also with panes, after an answer, and while others use the daemon', async () => {
    const tui = await openTui(home, ['-n', '-m', 'ok'], { columns: 120, rows: 40 })
    tui.type('hi\r')
    await tui.shows('Hello, world.', 'F1 help')
    await expectStill(tui, home)
    await expectStill(tui, home)
    const before = tui.raw()
    await home.c2a.run(['ask', '--no-save', '-m', 'ok', 'hi'])
    expect(tui.raw().slice(before.length)).toBe('')
  })

  test('shows what other clients did once its window has the focus again', async () => {
    const tui = await openTui(home, ['-n', '-m', 'ok'], { columns: 120, rows: 40 })
    await home.client.createSession({ title: 'From elsewhere' })
    await eventually(async () => expect(await home.client.listSessions()).toHaveLength(2))
    tui.type('\x1b[O\x1b[I')
    await tui.shows('From elsewhere')
  })
})
