import { describe, expect, test } from 'vitest'
import { finished } from '../support/c2a.js'
import { eventually } from '../support/eventually.js'
import { openTerminal } from '../support/terminal.js'
import { keys, openTui, shareHome } from '../support/tui.js'

const home = shareHome()

/** A session in which an answer is running, begun by a client that is gone. */
async function startRunning(model: string) {
  const child = home.c2a.spawn(['ask', '-m', model, 'Tell me all'])
  child.stdin?.end()
  const call = await home.upstream.waitFor(model)
  call.release('It begins ')
  await eventually(async () => {
    const [session] = await home.client.listSessions(1)
    const [, answer] = await home.client.listMessages(session?.id ?? '')
    expect(answer?.content).toBe('It begins ')
  })
  const gone = finished(child)
  child.kill('SIGKILL')
  await gone
  const [session] = await home.client.listSessions(1)
  if (session === undefined) throw new Error('no session')
  return { call, session }
}

describe('on a terminal', () => {
  test('the whole answer is seen live after the first client was killed in its middle', async () => {
    const first = await openTui(home, ['-n', '-m', 'gate+killed'])
    first.type('Tell me all\r')
    const call = await home.upstream.waitFor('gate+killed')
    call.release('It begins ')
    await first.shows('It begins')
    first.kill('SIGKILL')
    await first.exit
    call.release('while nobody looks ')
    // Newer, but nothing runs there.
    await home.client.createSession({ title: 'Newer' })
    const tui = await openTui(home, ['attach'], { columns: 120, rows: 40 })
    await tui.shows('Tell me all', 'It begins while nobody looks', 'esc stop')
    call.release('and goes on ')
    await tui.shows('It begins while nobody looks and goes on')
    call.release('to its end.')
    call.finish()
    await tui.shows('It begins while nobody looks and goes on to its end.', 'F1 help')
    expect(home.upstream.hits('gate+killed')).toBe(1)
    expect(tui.screen().split('It begins')).toHaveLength(2)
    tui.type(keys.ctrl('d'))
    expect(await tui.exit).toBe(0)
  })

  test('a session is named by its id or the beginning of it; else it is the latest', async () => {
    const named = await home.client.createSession({ title: 'Named' })
    await home.client.createSession({ title: 'Latest' })
    for (const id of [named.id, named.id.slice(0, 8)]) {
      const tui = await openTui(home, ['attach', id])
      await tui.shows(' c2a │ Named')
    }
    const latest = await openTui(home, ['attach'])
    await latest.shows(' c2a │ Latest')
  })

  test('a line at a time as well', async () => {
    const { call } = await startRunning('gate+plain')
    const terminal = openTerminal(home.c2a, ['attach', '--plain'])
    await terminal.until((screen) => screen.includes('An answer is running here:'))
    call.release('and ends.')
    call.finish()
    await terminal.until((screen) => screen.includes('It begins and ends.\nAnswer finished'))
  })
})

describe('in a pipe', () => {
  test('the running answer is printed to its end, and nothing else', async () => {
    const { call, session } = await startRunning('gate+pipe')
    const child = home.c2a.spawn(['attach', session.id.slice(0, 8)])
    const ended = finished(child)
    await new Promise((resolve) => child.stdout?.once('data', resolve))
    call.release('and ends.')
    call.finish()
    expect(await ended).toEqual({ stdout: 'It begins and ends.\n', stderr: '', code: 0 })
    // Once more when it is over: the last answer.
    expect(await home.c2a.run(['attach'])).toMatchObject({
      stdout: 'It begins and ends.\n',
      code: 0,
    })
    expect(home.upstream.hits('gate+pipe')).toBe(1)
  })

  test('whoever ends the printing does not stop the answer; whoever stops it is told by code 7', async () => {
    const { call, session } = await startRunning('gate+stops')
    const left = home.c2a.spawn(['attach'])
    const gone = finished(left)
    await new Promise((resolve) => left.stdout?.once('data', resolve))
    left.kill('SIGINT')
    expect(await gone).toMatchObject({ code: null })
    expect(call.outcome).toBeUndefined()
    const child = home.c2a.spawn(['attach'])
    const ended = finished(child)
    await new Promise((resolve) => child.stdout?.once('data', resolve))
    await home.client.stopSession(session.id)
    expect(await ended).toMatchObject({
      ...{ stdout: 'It begins \n', code: 7 },
      stderr: expect.stringContaining('the answer was stopped'),
    })
  })

  test('where there is nothing to attach to, it says what there is not', async () => {
    expect(await home.c2a.run(['attach'])).toEqual({
      ...{ stdout: '', code: 5 },
      stderr: 'c2a: there is no session to attach to\n     c2a opens one.\n',
    })
    expect(await home.c2a.run(['attach', 'abcdef'])).toMatchObject({
      ...{ stdout: '', code: 5 },
      stderr: expect.stringContaining('no session\'s id begins with "abcdef"'),
    })
    const { id } = await home.client.createSession({ title: 'Empty' })
    expect(await home.c2a.run(['attach', id])).toMatchObject({
      ...{ stdout: '', code: 5 },
      stderr: expect.stringContaining('nothing was answered in "Empty" yet'),
    })
    const terminal = openTerminal(home.c2a, ['attach', 'abcdef'])
    expect(await terminal.exit).toBe(5)
    expect(terminal.screen()).toContain('no session\'s id begins with "abcdef"')
  })
})
