import { expect, onTestFinished, test } from 'vitest'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { type C2a, createC2a } from '../support/c2a.js'
import { openTerminal, type TerminalUnderTest } from '../support/terminal.js'

async function startChat(): Promise<{ upstream: Upstream; c2a: C2a }> {
  const upstream = await startUpstream({ litellm: true })
  onTestFinished(() => upstream.close())
  return { upstream, c2a: await createC2a({ gateway: upstream.url }) }
}

/** The last line is an empty prompt: everything before it has been done. */
const idle = (screen: string): boolean => screen.split('\n').at(-1) === '>'

async function say(terminal: TerminalUnderTest, line: string): Promise<void> {
  await terminal.until(idle)
  terminal.type(`${line}\r`)
  await terminal.until((screen) => screen.includes(`> ${line}\n`) && idle(screen))
}

test('a chat: model, role, an answer, and the way out', async () => {
  const { upstream, c2a } = await startChat()
  await c2a.run(['roles', 'create', 'Poet', '-i', 'Rhyme.'])
  const terminal = openTerminal(c2a, [])
  await say(terminal, '/model ok')
  await say(terminal, '/role po')
  await say(terminal, 'hello there')
  expect(terminal.screen()).toContain('> hello there\nHello, world.\n')
  expect((await upstream.waitFor('ok')).body['messages']).toEqual([
    { role: 'system', content: 'Rhyme.' },
    { role: 'user', content: 'hello there' },
  ])
  await say(terminal, '/roles')
  expect(terminal.screen()).toContain('*  Poet')
  await say(terminal, '/clear_role')
  await say(terminal, '/help')
  expect(terminal.screen()).toContain('/clear_role  answer without a role')
  terminal.type('/quit\r')
  expect(await terminal.exit).toBe(0)

  // The next one opens the same session and shows what was said.
  const next = openTerminal(c2a, [])
  await next.until(idle)
  expect(next.screen()).toContain('"hello there"')
  expect(next.screen()).toContain('you\nhello there\n\nok\nHello, world.')
  await say(next, '/new')
  expect(next.screen()).toContain('"New Chat"')
  next.type('\x04')
  expect(await next.exit).toBe(0)
})

test('an unknown command is never sent; // sends a slash', async () => {
  const { upstream, c2a } = await startChat()
  const terminal = openTerminal(c2a, ['-n', '-m', 'echo'])
  await say(terminal, '/modle x')
  expect(terminal.screen()).toContain('did you mean /model?')
  await say(terminal, '//etc/hosts')
  expect(terminal.screen()).toContain('You said: /etc/hosts')
  expect(upstream.hits('echo')).toBe(1)
})

test('Ctrl+C stops the answer; what was typed meanwhile is kept; twice leaves', async () => {
  const { upstream, c2a } = await startChat()
  const terminal = openTerminal(c2a, ['-n', '-m', 'gate'])
  await terminal.until(idle)
  terminal.type('hi\r')
  const request = await upstream.waitFor('gate')
  request.release('Half an ans')
  await terminal.until((screen) => screen.includes('Half an ans'))
  terminal.type('typed ahead')
  terminal.type('\x03')
  await terminal.until((screen) => screen.endsWith('stopped\n> typed ahead'))
  expect(await request.ended).toBe('aborted')
  terminal.type('\x03')
  await terminal.until((screen) => screen.includes('once more leaves') && idle(screen))
  terminal.type('\x03')
  expect(await terminal.exit).toBe(0)
})

test('a line that cannot be sent comes back to be edited', async () => {
  const c2a = await createC2a()
  const terminal = openTerminal(c2a, [])
  await terminal.until(idle)
  expect(terminal.screen().replaceAll('\n', ' ')).toContain('/model offline/demo')
  terminal.type('precious words\r')
  await terminal.until(
    (screen) => screen.includes('not reachable') && screen.endsWith('> precious words'),
  )
  terminal.type('\x15')
  await say(terminal, '/model offline/demo')
  await say(terminal, 'hi')
  expect(terminal.screen()).toContain('offline demo')
})

test('pasted lines are asked one after the other', async () => {
  const { upstream, c2a } = await startChat()
  const terminal = openTerminal(c2a, ['-n', '-m', 'echo'])
  await terminal.until(idle)
  terminal.type('one\rtwo\rthree\r')
  await terminal.until((screen) => screen.includes('You said: three') && idle(screen))
  expect(upstream.hits('echo')).toBe(3)
})

test('the daemon is killed in the middle: the text stays, the chat goes on', async () => {
  const { upstream, c2a } = await startChat()
  const terminal = openTerminal(c2a, ['-n', '-m', 'gate'])
  await terminal.until(idle)
  terminal.type('hi\r')
  ;(await upstream.waitFor('gate')).release('Half an ans')
  await terminal.until((screen) => screen.includes('Half an ans'))
  await c2a.stopDaemon('SIGKILL')
  await terminal.until((screen) => screen.includes('interrupted') && idle(screen))
  await say(terminal, '/model ok')
  await say(terminal, 'again')
  expect(terminal.screen()).toContain('Hello, world.')
})

test('an answer that was running when the chat opens is joined', async () => {
  const { upstream, c2a } = await startChat()
  const asking = c2a.spawn(['ask', '-m', 'gate', 'hi'])
  asking.stdin?.end()
  const request = await upstream.waitFor('gate')
  request.release('Begun. ')
  const terminal = openTerminal(c2a, [])
  await terminal.until((screen) => screen.includes('Begun.'))
  request.release('Done.')
  request.finish()
  await terminal.until((screen) => screen.includes('Begun. Done.') && idle(screen))
})

test('hostile answers and titles cannot reach the terminal of a chat', async () => {
  const { c2a } = await startChat()
  const attack = 'x \x1b]52;c;aGk=\x07 \x1b]0;owned\x07 \x9b31m \u202eabc'
  await c2a.run(['ask', '-m', 'script', attack])
  const terminal = openTerminal(c2a, [])
  await terminal.until(idle)
  expect(terminal.screen()).toContain('␛]52;c;aGk=␇ ␛]0;owned␇ �31m �abc')
  expect(terminal.raw()).not.toMatch(/\x1b[\]PX^_]|[\x80-\x9f]|\u202e|\x07/)
  expect(terminal.title()).toBe('')
})
