import { describe, expect, test } from 'vitest'
import { done, finish, gate, role } from '../fakes/upstream/steps.js'
import { eventually } from '../support/eventually.js'
import { keys, openTui, shareHome, type Tui } from '../support/tui.js'

const home = shareHome({
  scripts: {
    plan: { steps: () => [role(), gate, finish(), done()] },
    build: { steps: () => [role(), gate, finish(), done()] },
  },
})

const open = (model: string): Promise<Tui> => openTui(home, ['-n', '-m', model])

async function openPlanning(tag: string): Promise<{ tui: Tui; models: [string, string] }> {
  const models: [string, string] = [`plan+${tag}`, `build+${tag}`]
  const [planning_model, answering_model] = models
  const session = await home.client.createSession({ plan: { planning_model, answering_model } })
  return { tui: await openTui(home, ['-s', session.id]), models }
}

const statuses = async (): Promise<(readonly [kind: string, status: string, text: string])[]> => {
  const [session] = await home.client.listSessions(1)
  const messages = await home.client.listMessages(session?.id ?? '')
  return messages.map(({ kind, status, content }) => [kind, status, content] as const)
}

const count = (screen: string, text: string): number => screen.split(text).length - 1

describe('Esc', () => {
  test('stops the answer, also for the model, and what has come of it is kept', async () => {
    const tui = await open('gate+esc')
    tui.type('hi\r')
    const call = await home.upstream.waitFor('gate+esc')
    call.release('Half an ans')
    await tui.shows('Half an ans')
    tui.type(keys.escape)
    expect(await call.ended).toBe('aborted')
    await tui.shows('Half an ans', '■ stopped', 'F1 help')
    expect(await statuses()).toEqual([
      ['chat', 'complete', 'hi'],
      ['chat', 'stopped', 'Half an ans'],
    ])
  })

  test('stops an answer before its first word', async () => {
    const tui = await open('hang')
    tui.type('hi\r')
    const call = await home.upstream.waitFor('hang')
    tui.type(keys.escape)
    expect(await call.ended).toBe('aborted')
    await tui.shows('stopped', 'F1 help')
  })

  test('in the planning phase stops all of it: nothing is implemented', async () => {
    const { tui, models } = await openPlanning('first')
    tui.type('Do it\r')
    const call = await home.upstream.waitFor(models[0])
    call.release('1. Think')
    await tui.shows('Plan · plan+first', '1. Think')
    tui.type(keys.escape)
    expect(await call.ended).toBe('aborted')
    await tui.shows('1. Think', 'stopped', 'F1 help')
    expect(home.upstream.hits(models[1])).toBe(0)
    expect((await statuses()).slice(0, 2)).toEqual([
      ['chat', 'complete', 'Do it'],
      ['plan', 'stopped', '1. Think'],
    ])
  })

  test('in the implementing phase stops that, and the plan stays whole', async () => {
    const { tui, models } = await openPlanning('second')
    tui.type('Do it\r')
    const planning = await home.upstream.waitFor(models[0])
    planning.release('1. Think')
    planning.finish()
    const call = await home.upstream.waitFor(models[1])
    call.release('Thinking done, n')
    await tui.shows('Plan · plan+second', '1. Think', 'Implementation · build+second', 'done, n')
    tui.type(keys.escape)
    expect(await call.ended).toBe('aborted')
    await tui.shows('1. Think', 'Thinking done, n', 'stopped', 'F1 help')
    expect(await statuses()).toEqual([
      ['chat', 'complete', 'Do it'],
      ['plan', 'complete', '1. Think'],
      ['answer', 'stopped', 'Thinking done, n'],
    ])
  })

  test('closes what is open first, and only then stops the answer', async () => {
    const tui = await open('gate+layers')
    tui.type('hi\r')
    const call = await home.upstream.waitFor('gate+layers')
    call.release('On it goes')
    await tui.shows('On it goes')
    tui.type(keys.f1)
    await tui.shows('HELP')
    tui.type(keys.escape)
    await tui.hides('HELP')
    call.release(', and on')
    await tui.shows('On it goes, and on', 'esc stop')
    tui.type(keys.escape)
    expect(await call.ended).toBe('aborted')
  })
})

describe('what else stops', () => {
  test.each([
    ['Ctrl+C', '\x03', 'ctrl-c'],
    ['/stop', '/stop\r', 'slash'],
  ])('%s stops the answer as well', async (_, typed, tag) => {
    const tui = await open(`gate+${tag}`)
    tui.type('hi\r')
    const call = await home.upstream.waitFor(`gate+${tag}`)
    call.release('Half')
    await tui.shows('Half')
    tui.type(typed)
    expect(await call.ended).toBe('aborted')
    await tui.shows('■ stopped', 'F1 help')
  })

  test('another client that stops it is seen here', async () => {
    const tui = await open('gate+elsewhere')
    tui.type('hi\r')
    const call = await home.upstream.waitFor('gate+elsewhere')
    call.release('Half')
    await tui.shows('Half')
    const [session] = await home.client.listSessions(1)
    await home.client.stopSession(session?.id ?? '')
    await tui.shows('■ stopped', 'F1 help')
  })
})

describe('an answer that goes on without us', () => {
  test('is whole, and there once, when its session is opened again', async () => {
    const other = await home.client.createSession({ title: 'Other one', model: 'ok' })
    const tui = await open('gate+switch')
    tui.type('hi\r')
    const call = await home.upstream.waitFor('gate+switch')
    call.release('It begins ')
    await tui.shows('It begins')
    tui.type(keys.ctrl('s'))
    await tui.shows(other.title)
    tui.type(keys.down + keys.enter)
    await tui.until((screen) => screen.startsWith(' c2a │ Other one'))
    await tui.hides('It begins')
    call.release('and goes on ')
    tui.type(keys.ctrl('s'))
    await tui.shows('↻')
    tui.type(keys.up + keys.enter)
    await tui.shows('It begins and goes on', 'esc stop')
    call.release('to its end.')
    call.finish()
    await tui.shows('It begins and goes on to its end.', 'F1 help')
    expect(count(tui.screen(), 'It begins')).toBe(1)
    expect(count(tui.screen(), '▸ You')).toBe(1)
    expect(home.upstream.hits('gate+switch')).toBe(1)
  })

  test('is whole, and there once, after leaving and starting again', async () => {
    const tui = await open('gate+leave')
    tui.type('hi\r')
    const call = await home.upstream.waitFor('gate+leave')
    call.release('It begins ')
    await tui.shows('It begins')
    await tui.until((screen) => screen.startsWith(' c2a │ hi '))
    tui.type(keys.ctrl('d'))
    expect(await tui.exit).toBe(0)
    expect(tui.screen()).toMatch(/^The answer goes on\. Back to "hi" with: c2a -s [\da-f]{8}$/)
    call.release('and goes on ')
    const next = await openTui(home)
    await next.shows('It begins and goes on', 'esc stop')
    call.release('to its end.')
    call.finish()
    await next.shows('It begins and goes on to its end.', 'F1 help')
    expect(count(next.screen(), 'It begins')).toBe(1)
    expect(count(next.screen(), '▸ You')).toBe(1)
  })

  test('and ends while nobody looks is there at the next start', async () => {
    const tui = await open('gate+ended')
    tui.type('hi\r')
    const call = await home.upstream.waitFor('gate+ended')
    call.release('All ')
    await tui.shows('All')
    tui.type(keys.ctrl('d'))
    expect(await tui.exit).toBe(0)
    call.release('of it.')
    call.finish()
    await eventually(async () => {
      expect((await statuses()).at(-1)).toEqual(['chat', 'complete', 'All of it.'])
    })
    const next = await openTui(home)
    await next.shows('All of it.', 'F1 help')
  })

  test('is seen in a second window that has the same session open, word by word', async () => {
    const tui = await open('gate+two')
    tui.type('hi\r')
    const call = await home.upstream.waitFor('gate+two')
    call.release('One ')
    await tui.shows('One')
    const [session] = await home.client.listSessions(1)
    const second = await openTui(home, ['-s', session?.id ?? ''], { columns: 120, rows: 40 })
    await second.shows('One', 'esc stop')
    call.release('two.')
    await Promise.all([tui.shows('One two.'), second.shows('One two.')])
    call.finish()
    await Promise.all([tui.shows('F1 help'), second.shows('F1 help')])
  })
})
