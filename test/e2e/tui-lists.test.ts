import { beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { keys, openTui, shareHome, type Tui } from '../support/tui.js'

const home = shareHome({ models: ['ok', 'echo', 'gate'] })

const open = (): Promise<Tui> => openTui(home, ['-n', '-m', 'ok'])
const wide = { columns: 120, rows: 40 }

const titles = async (): Promise<string[]> =>
  (await home.client.listSessions()).map(({ title }) => title)

/** The header's title says which session is open. */
const isOpen = (tui: Tui, title: string): Promise<void> =>
  tui.until((screen) => screen.startsWith(` c2a │ ${title} `))

describe('the sessions', () => {
  beforeEach(async () => {
    for (const title of ['Older talk', 'Newer talk']) {
      await home.client.createSession({ title, model: 'ok' })
    }
  })

  test('the most recent one opens at the start; without any, one is made', async () => {
    const tui = await openTui(home)
    await isOpen(tui, 'Newer talk')
    for (const { id } of await home.client.listSessions()) await home.client.deleteSession(id)
    const next = await openTui(home)
    await isOpen(next, 'New Chat')
    expect(await titles()).toEqual(['New Chat'])
  })

  test('Ctrl+N makes one, and one that is empty is not made twice', async () => {
    const tui = await openTui(home)
    await isOpen(tui, 'Newer talk')
    tui.type('hello\r')
    await tui.shows('Hello, world.', 'F1 help')
    tui.type(keys.ctrl('n'))
    await isOpen(tui, 'New Chat')
    tui.type(keys.ctrl('n'))
    tui.type(keys.ctrl('s'))
    await tui.shows('SESSIONS (3)')
    expect(await titles()).toHaveLength(3)
  })

  test('one is opened with Enter, and its messages are read', async () => {
    const [, older] = await home.client.listSessions()
    await home.c2a.run(['ask', '-s', older?.id ?? '', '-m', 'echo', 'from elsewhere'])
    const tui = await open()
    tui.type(keys.ctrl('s'))
    await tui.shows('SESSIONS (3)')
    tui.type(keys.down + keys.enter)
    await isOpen(tui, 'Older talk')
    await tui.shows('You said: from elsewhere')
  })

  test('one is found by some of its letters', async () => {
    const tui = await open()
    tui.type(keys.ctrl('s'))
    await tui.shows('SESSIONS (3)')
    tui.type('/old')
    await tui.shows('SESSIONS (1/3)')
    tui.type(keys.enter)
    await isOpen(tui, 'Older talk')
    tui.type(keys.ctrl('s'))
    await tui.shows('SESSIONS (3)')
  })

  test('one is deleted after y, and not after anything else', async () => {
    const tui = await openTui(home)
    tui.type(keys.ctrl('s'))
    await tui.shows('SESSIONS (2)')
    for (const no of ['n', keys.enter, keys.escape]) {
      tui.type('d')
      await tui.shows('Delete this session?')
      tui.type(no)
      await tui.hides('Delete this session?')
    }
    expect(await titles()).toHaveLength(2)
    tui.type(`${keys.down}d`)
    await tui.shows('Delete this session?', 'Older talk')
    tui.type('y')
    await tui.shows('SESSIONS (1)')
    await eventually(async () => expect(await titles()).toEqual(['Newer talk']))
    await isOpen(tui, 'Newer talk')
  })

  test('deleting the open one opens the next, and the last one is followed by a new one', async () => {
    const tui = await openTui(home, [], wide)
    await isOpen(tui, 'Newer talk')
    tui.type(keys.ctrl('s'))
    await tui.shows('▌SESSIONS')
    tui.type('d')
    await tui.shows('Delete this session?')
    tui.type('y')
    await isOpen(tui, 'Older talk')
    await tui.shows('SESSIONS (1)')
    tui.type('d')
    await tui.shows('Delete this session?')
    tui.type('y')
    await isOpen(tui, 'New Chat')
    await eventually(async () => expect(await titles()).toEqual(['New Chat']))
  })

  test('one that answers elsewhere has its mark, until it has ended', async () => {
    const tui = await openTui(home, ['-n', '-m', 'ok'], wide)
    const asking = home.c2a.spawn(['ask', '-m', 'gate+mark', 'in the background'])
    asking.stdin?.end()
    const call = await home.upstream.waitFor('gate+mark')
    call.release('…')
    // The window got the focus: what others did meanwhile is read.
    tui.type('\x1b[I')
    await tui.until((screen) => /in the background +↻/.test(screen))
    call.finish()
    await tui.until((screen) => /in the background +now/.test(screen))
  })

  test('one is opened with a click, and the wheel moves the marker', async () => {
    const tui = await openTui(home, [], wide)
    await tui.shows('Older talk')
    const row =
      tui
        .screen()
        .split('\n')
        .findIndex((line) => line.includes('Older talk')) + 1
    tui.type(`\x1b[<0;8;${row}M\x1b[<0;8;${row}m`)
    await isOpen(tui, 'Older talk')
    expect(tui.screen()).toContain('● Older talk')
  })
})

describe('the roles', () => {
  test('one is made, used, changed, cleared and deleted', async () => {
    const tui = await open()
    tui.type(keys.ctrl('t'))
    await tui.shows('ROLES (0)')
    tui.type('n')
    await tui.shows('NEW ROLE')
    tui.type('Poet')
    tui.type(keys.tab)
    tui.type('Rhyme.\rAlways.')
    await tui.shows('Always.')
    tui.type(keys.ctrl('s'))
    await tui.hides('NEW ROLE')
    const [made] = await home.client.listRoles()
    expect(made).toMatchObject({ name: 'Poet', instructions: 'Rhyme.\nAlways.' })

    tui.type(keys.ctrl('t'))
    await tui.shows('ROLES (1)', 'Poet')
    tui.type(keys.enter)
    await tui.shows('role: Poet')
    const session = async () => (await home.client.listSessions(1))[0]
    expect(await session()).toMatchObject({ role_id: made?.id })

    tui.type(keys.ctrl('t'))
    await tui.shows('ROLES (1)')
    tui.type('e')
    await tui.shows('EDIT ROLE')
    tui.type(`${keys.end}s`)
    await tui.shows('Poets')
    tui.type(keys.ctrl('s'))
    await tui.shows('role: Poets')
    expect(await home.client.listRoles()).toMatchObject([{ name: 'Poets' }])

    tui.type('/clear_role\r')
    await tui.hides('role: Poets')
    expect(await session()).toMatchObject({ role_id: null })

    tui.type('/role Poets\r')
    await tui.shows('role: Poets')
    tui.type(keys.ctrl('t'))
    await tui.shows('ROLES (1)')
    tui.type('d')
    await tui.shows('Delete this role?', 'Poets')
    tui.type('y')
    await tui.hides('role: Poets')
    await eventually(async () => expect(await home.client.listRoles()).toEqual([]))
    expect(await session()).toMatchObject({ role_id: null })
  })

  test('a name that is taken is told at its field, and nothing is lost', async () => {
    await home.client.createRole({ name: 'Poet', instructions: 'Rhyme.' })
    const tui = await open()
    tui.type(keys.ctrl('t'))
    await tui.shows('ROLES (1)')
    tui.type('n')
    await tui.shows('NEW ROLE')
    tui.type('Poet')
    tui.type(keys.tab)
    tui.type('Something else.')
    await tui.shows('Something else.')
    tui.type(keys.ctrl('s'))
    await tui.until((screen) => /▌name +✗/.test(screen))
    await tui.shows('Something else.')
    expect(await home.client.listRoles()).toHaveLength(1)
  })

  test('a paste of several lines goes into the instructions as it is', async () => {
    const tui = await open()
    tui.type(keys.ctrl('t'))
    await tui.shows('ROLES (0)')
    tui.type('n')
    await tui.shows('NEW ROLE')
    tui.type('Pasted')
    tui.type(keys.tab)
    tui.paste('one\r\n\ttwo\r\nthree')
    await tui.shows('three')
    tui.type(keys.ctrl('s'))
    await tui.hides('NEW ROLE')
    const [role] = await home.client.listRoles()
    expect(role?.instructions).toBe('one\n\ttwo\nthree')
  })
})

describe('the model picker', () => {
  /** How often the gateway was asked for its models. */
  const asked = (): number =>
    home.upstream.requests.filter(({ path }) => path === '/v1/model/info').length

  test('sets the model of the session', async () => {
    const tui = await open()
    tui.type(keys.ctrl('o'))
    await tui.shows('MODELS (3)')
    tui.type(keys.down + keys.enter)
    await tui.shows('Model: echo')
    const [session] = await home.client.listSessions(1)
    expect(session?.model).toBe('echo')
  })

  test('a name that is typed in the picker finds its model', async () => {
    const tui = await open()
    tui.type(keys.ctrl('o'))
    await tui.shows('MODELS (3)')
    tui.type('gate')
    await tui.shows('MODELS (1)')
    tui.type(keys.enter)
    await tui.shows('Model: gate')
  })

  test('p and a choose planner and answerer', async () => {
    const tui = await open()
    tui.type(keys.ctrl('o'))
    await tui.shows('MODELS (3)')
    tui.type(`${keys.tab}p`)
    await tui.shows('/ find')
    tui.type(`${keys.down}a`)
    await tui.until((screen) => /PLAN ok ?→ ?echo/.test(screen))
    const [session] = await home.client.listSessions(1)
    expect(session?.plan).toEqual({ planning_model: 'ok', answering_model: 'echo' })
  })

  test('r asks the gateway again, and shows what is new', async () => {
    const tui = await open()
    tui.type(keys.ctrl('o'))
    await tui.shows('MODELS (3)')
    const before = asked()
    home.upstream.configure({ models: ['ok', 'echo', 'gate', 'brand-new'] })
    tui.type(`${keys.tab}r`)
    await tui.shows('MODELS (4)', 'brand-new')
    expect(asked()).toBe(before + 1)
    home.upstream.configure({ models: ['ok', 'echo', 'gate'] })
    tui.type('r')
    await tui.shows('MODELS (3)')
    expect(asked()).toBe(before + 2)
  })
})
