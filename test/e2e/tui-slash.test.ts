import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Session } from '../../shared/contract/session.js'
import { eventually } from '../support/eventually.js'
import { keys, openTui, shareHome, type Tui } from '../support/tui.js'

const home = shareHome({ models: ['ok', 'echo', 'gate', 'claude-sonnet'] })

const open = (): Promise<Tui> => openTui(home, ['-n', '-m', 'ok'])

const draftIs = (tui: Tui, text: string): Promise<void> => tui.until(() => tui.draft() === text)

/** The open session, as the daemon has it: the one that changed last. */
async function stored(): Promise<Session> {
  const [session] = await home.client.listSessions(1)
  if (session === undefined) throw new Error('no session')
  return session
}

/** Runs a command and waits until the composer is empty again. */
async function run(tui: Tui, line: string): Promise<void> {
  tui.type(line)
  await draftIs(tui, line)
  tui.type(keys.enter)
  await draftIs(tui, '')
}

describe('a slash command', () => {
  test('that does not exist is refused with the nearest, is not sent, and the draft stays', async () => {
    const tui = await open()
    tui.type('/modle echo\r')
    await tui.shows('/model')
    await tui.until((screen) => /did you mean \/model\b/i.test(screen))
    expect(tui.draft()).toBe('/modle echo')
    expect(home.upstream.requests.filter(({ model }) => model !== '')).toHaveLength(0)
    expect(await home.client.listMessages((await stored()).id)).toEqual([])
  })

  test('/copy puts the answer into the clipboard of the terminal, once', async () => {
    const tui = await openTui(home, ['-n', '-m', 'ok'], { env: { TMUX: undefined } })
    await run(tui, 'hello')
    await tui.shows('Hello, world.')
    expect(tui.raw()).not.toContain('\x1b]52')
    await run(tui, '/copy')
    await tui.shows('Copied the last answer, 1 line.', '(OSC 52)')
    const [, ...copied] = tui.raw().split('\x1b]52;c;')
    expect(copied.map((text) => atob(text.slice(0, text.indexOf('\x07'))))).toEqual([
      'Hello, world.',
    ])
  })

  test('/copy inside of tmux asks tmux, and where that fails the terminal', async () => {
    const bin = mkdtempSync(join(home.c2a.home, 'bin-'))
    const log = join(bin, 'copied')
    const script = (exit: number) =>
      writeFileSync(
        join(bin, 'tmux'),
        `#!/bin/sh\necho "$@" >"${log}"\ncat >>"${log}"\nexit ${exit}\n`,
        {
          mode: 0o755,
        },
      )
    script(0)
    const env = { TMUX: '/tmp/none,1,0', PATH: `${bin}:${process.env['PATH']}` }
    const tui = await openTui(home, ['-n', '-m', 'ok'], { env })
    await run(tui, 'hello')
    await tui.shows('Hello, world.')
    await run(tui, '/copy')
    await tui.shows('Copied the last answer, 1 line.')
    expect(tui.screen()).not.toContain('OSC 52')
    expect(tui.raw()).not.toContain('\x1b]52')
    expect(readFileSync(log, 'utf8')).toBe('load-buffer -w -\nHello, world.')
    script(1)
    await run(tui, '/copy')
    await tui.shows('(OSC 52)')
    expect(tui.raw()).toContain(`\x1bPtmux;\x1b\x1b]52;c;${btoa('Hello, world.')}\x07\x1b\\`)
  })

  test('/set has what c2a -o gave the session when it was opened', async () => {
    const tui = await openTui(home, ['-n', '-m', 'ok', '-o', 'temperature=0.5'])
    await run(tui, '/set')
    await tui.shows('temperature: 0.5 (session)')
    expect(await stored()).toMatchObject({ params: { temperature: 0.5 } })
  })

  test('/rename gives the session a title, here and in the list', async () => {
    const tui = await open()
    await run(tui, '/rename Plans for the winter')
    await tui.shows('Title: Plans for the winter')
    expect(await stored()).toMatchObject({ title: 'Plans for the winter' })
  })

  test('with a second slash is the message with one', async () => {
    const tui = await open()
    await run(tui, '//etc/hosts')
    await tui.shows('Hello, world.')
    const [message] = await home.client.listMessages((await stored()).id)
    expect(message?.content).toBe('/etc/hosts')
  })

  test('/model changes the model of the session; a name nobody knows is taken, and told', async () => {
    const tui = await open()
    await run(tui, '/model echo')
    await tui.shows('Model: echo')
    expect(await stored()).toMatchObject({ model: 'echo', plan: null })
    await run(tui, '/model CLAUDE')
    await tui.shows('Model: claude-sonnet')
    expect(await stored()).toMatchObject({ model: 'claude-sonnet' })
    await run(tui, '/model nobody-knows')
    await tui.shows('Model: nobody-knows')
    expect(await stored()).toMatchObject({ model: 'nobody-knows' })
    await run(tui, '/model ok')
    await run(tui, 'hello')
    await tui.shows('Hello, world.')
    const { length } = await home.client.listMessages((await stored()).id)
    expect(length, 'messages: no notice is stored').toBe(2)
  })

  test('/role and /clear_role change the role of the session, and the model gets it', async () => {
    const role = await home.client.createRole({ name: 'Poet', instructions: 'Rhyme.' })
    const tui = await open()
    await run(tui, '/role po')
    await tui.shows('Role: Poet', 'role: Poet')
    expect(await stored()).toMatchObject({ role_id: role.id })
    await run(tui, '/model echo')
    await run(tui, 'hello')
    await tui.shows('You said: hello', 'F1 help')
    expect((await home.upstream.waitFor('echo')).body['messages']).toEqual([
      { role: 'system', content: 'Rhyme.' },
      { role: 'user', content: 'hello' },
    ])
    await run(tui, '/clear_role')
    await tui.hides('role: Poet')
    await eventually(async () => expect(await stored()).toMatchObject({ role_id: null }))
    await run(tui, '/role nobody')
    await tui.shows('nobody')
    expect(await stored()).toMatchObject({ role_id: null })
  })

  test.each(['/clear', '/new'])(
    '%s opens a new session with the same model and role',
    async (line) => {
      const role = await home.client.createRole({ name: 'Poet', instructions: 'Rhyme.' })
      const tui = await open()
      await run(tui, '/role Poet')
      await run(tui, 'hello')
      await tui.shows('Hello, world.', 'F1 help')
      const before = await stored()
      await run(tui, line)
      await tui.shows('New Chat', 'role: Poet')
      await tui.hides('Hello, world.')
      const after = await stored()
      expect(after.id).not.toBe(before.id)
      expect(after).toMatchObject({ model: 'ok', role_id: role.id })
      expect(await home.client.listMessages(before.id)).toHaveLength(2)
    },
  )

  test('/model:plan-mode and -off turn plan mode on and off', async () => {
    const tui = await open()
    await run(tui, '/model:plan-mode echo ok')
    await tui.until((screen) => /PLAN echo ?→ ?ok/.test(screen))
    expect((await stored()).plan).toEqual({ planning_model: 'echo', answering_model: 'ok' })
    await run(tui, 'do it')
    await tui.shows('Plan · echo', 'Implementation · ok', 'Hello, world.', 'F1 help')
    await run(tui, '/model:plan-mode-off')
    await tui.hides('PLAN echo')
    await eventually(async () => expect(await stored()).toMatchObject({ plan: null, model: 'ok' }))
    await run(tui, '/model:plan-mode echo ok')
    await tui.shows('PLAN echo')
    await run(tui, '/model echo')
    await tui.hides('PLAN echo')
    expect(await stored()).toMatchObject({ plan: null, model: 'echo' })
  })

  test('/set sets what goes along with each question, and lists and clears it', async () => {
    const { id } = await home.client.createRole({
      name: 'Seeded',
      instructions: 'x',
      params: { seed: 7 },
    })
    const tui = await open()
    await run(tui, '/role Seeded')
    tui.type('/set te')
    await tui.shows('how freely words are chosen')
    tui.type(keys.tab)
    await draftIs(tui, '/set temperature')
    tui.type('0.5\r')
    await tui.shows('temperature: 0.5')
    await run(tui, '/set')
    await tui.shows('temperature: 0.5 (session)', 'seed: 7 (role Seeded)')
    await run(tui, 'hello')
    await tui.shows('Hello, world.', 'F1 help')
    const request = (n: number) => home.upstream.waitFor('ok', n)
    const before = home.upstream.hits('ok')
    expect((await request(before)).body).toMatchObject({ temperature: 0.5, seed: 7 })
    await run(tui, '/clear')
    await tui.hides('Hello, world.')
    expect(await stored()).toMatchObject({ role_id: id, params: { temperature: 0.5 } })
    await run(tui, '/set temperature')
    await tui.shows('temperature is not set any more.')
    await eventually(async () => expect((await stored()).params).toEqual({}))
    await run(tui, '/set temperature hot')
    await tui.shows('temperature must be a number from 0 to 2, not "hot"')
    await run(tui, '/set tempo 1')
    await tui.shows('unknown parameter: tempo')
  })

  test('/model:plan-mode without both models says what it lacks, and the draft stays', async () => {
    const tui = await open()
    tui.type('/model:plan-mode echo')
    await draftIs(tui, '/model:plan-mode echo')
    tui.type(keys.enter)
    await tui.shows('/model:plan-mode lacks its answerer.')
    expect(tui.draft()).toBe('/model:plan-mode echo')
    expect((await stored()).plan).toBeNull()
  })

  test('/help shows commands and keys, /help model how that is used', async () => {
    const tui = await open()
    tui.type('/help\r')
    await tui.shows('HELP', '/clear_role')
    tui.type(keys.escape)
    await tui.hides('HELP')
    await run(tui, '/help model')
    await tui.shows('/model <name>')
  })

  test('/models, /roles and /sessions open the lists', async () => {
    const tui = await open()
    for (const [line, title] of [
      ['/models', 'MODELS (4)'],
      ['/roles', 'ROLES (0)'],
      ['/sessions', 'SESSIONS (1)'],
    ] as const) {
      await run(tui, line)
      await tui.shows(title)
      tui.type(keys.escape)
      await tui.hides(title)
    }
  })

  test('/quit leaves with 0 and says how to come back', async () => {
    const tui = await open()
    tui.type('/quit\r')
    expect(await tui.exit).toBe(0)
    expect(tui.screen()).toMatch(/Back to "New Chat" with: c2a -s [\da-f]{8}$/)
  })
})

describe('the suggestions', () => {
  test('complete commands and the names of models and roles; Enter runs what is typed', async () => {
    await home.client.createRole({ name: 'Code reviewer', instructions: 'Look.' })
    const tui = await open()
    tui.type('/mod')
    await tui.shows('╭─ / ')
    tui.type(keys.tab)
    await draftIs(tui, '/model')
    tui.type('cl')
    await tui.shows('claude-sonnet')
    tui.type(keys.tab)
    await draftIs(tui, '/model claude-sonnet')
    tui.type(keys.enter)
    await tui.shows('Model: claude-sonnet')
    tui.type('/role co')
    await tui.shows('Look.')
    tui.type(keys.tab)
    await draftIs(tui, '/role Code reviewer')
    tui.type(keys.enter)
    await tui.shows('Role: Code reviewer')
  })

  test('are walked with the arrows, and closed with Esc without losing the draft', async () => {
    const tui = await open()
    tui.type('/q')
    await tui.shows('Leave;')
    tui.type(keys.escape)
    await tui.hides('Leave;')
    expect(tui.draft()).toBe('/q')
    tui.type('\x7f')
    await tui.shows('╭─ / ')
    tui.type('theme ')
    await tui.until((screen) => screen.includes('│ dark') && screen.includes('│ light'))
    tui.type(keys.down + keys.down + keys.up)
    tui.type(keys.enter)
    await tui.shows('Theme: dark')
  })
})

describe('the theme', () => {
  const dark = '\x1b[38;5;75m'
  const light = '\x1b[38;5;26m'

  test('changes with /theme and F4, is kept for the next start, and code follows', async () => {
    const tui = await open()
    expect(tui.raw()).toContain(dark)
    expect(tui.raw()).not.toContain(light)
    let before = tui.raw().length
    await run(tui, '/theme light')
    await tui.shows('Theme: light')
    expect(tui.raw().slice(before)).toContain(light)
    await tui.matches('theme-light')
    tui.type(keys.ctrl('d'))
    expect(await tui.exit).toBe(0)

    const next = await open()
    expect(next.raw()).toContain(light)
    expect(next.raw()).not.toContain(dark)
    before = next.raw().length
    next.type(keys.f4)
    await next.until(() => next.raw().slice(before).includes(dark))
    next.type(keys.ctrl('d'))
    expect(await next.exit).toBe(0)
    const last = await open()
    expect(last.raw()).toContain(dark)
    expect(last.raw()).not.toContain(light)
  })

  test('is without any colour under NO_COLOR, and the text is the same', async () => {
    const tui = await openTui(home, ['-n', '-m', 'echo'], { env: { NO_COLOR: '1' } })
    tui.type('**bold** `code`\r')
    await tui.shows('You said: bold code', 'F1 help')
    await tui.matches('no-color')
    const sgr = [...tui.raw().matchAll(/\x1b\[([\d;]*)m/g)].flatMap(([, list = '']) =>
      list.split(';').map(Number),
    )
    expect(sgr).toContain(1)
    expect(sgr.filter((code) => code >= 30)).toEqual([])
  })

  test('has the 16 colours where there are no more', async () => {
    const tui = await openTui(home, ['-n', '-m', 'echo'], { env: { FORCE_COLOR: '1' } })
    tui.type('`code`\r')
    await tui.shows('You said: code', 'F1 help')
    expect(tui.raw()).toMatch(/\x1b\[(?:\d+;)*3[1-7]m/)
    expect(tui.raw()).not.toMatch(/\x1b\[[\d;]*[34]8;/)
  })
})
