import { spawn } from '@lydell/node-pty'
import { expect, onTestFinished, test } from 'vitest'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { type C2a, createC2a, launcher } from '../support/c2a.js'
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

/** A shell with job control; `until` looks at what it printed last, without control sequences. */
function openShell(env: Readonly<Record<string, string>>): {
  type(keys: string): void
  until(pattern: RegExp): Promise<void>
} {
  const shell = spawn('bash', ['--norc', '--noprofile', '-i'], {
    cols: 80,
    rows: 24,
    env: { ...env, PS1: 'shell> ' },
  })
  onTestFinished(() => shell.kill('SIGKILL'))
  let printed = ''
  let look = (): void => undefined
  shell.onData((data) => {
    printed += data
    look()
  })
  const seen = (): string => printed.replaceAll(/\x1b\[[?\d;]*[a-zA-Z]|\r/g, '')
  return {
    type: (keys) => shell.write(keys),
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no ${pattern} in:\n${seen()}`)), 10_000)
        look = () => {
          if (!pattern.test(seen())) return
          clearTimeout(timer)
          resolve()
        }
        look()
      }),
  }
}

test('a chat: model, role, an answer, and the way out', async () => {
  const { upstream, c2a } = await startChat()
  await c2a.run(['roles', 'create', 'Poet', '-i', 'Rhyme.'])
  const terminal = openTerminal(c2a, ['--plain'])
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
  const next = openTerminal(c2a, ['--plain'])
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
  const terminal = openTerminal(c2a, ['--plain', '-n', '-m', 'echo'])
  await say(terminal, '/modle x')
  expect(terminal.screen()).toContain('did you mean /model?')
  await say(terminal, '//etc/hosts')
  expect(terminal.screen()).toContain('You said: /etc/hosts')
  expect(upstream.hits('echo')).toBe(1)
})

test('Ctrl+C stops the answer; what was typed meanwhile is kept; twice leaves', async () => {
  const { upstream, c2a } = await startChat()
  const terminal = openTerminal(c2a, ['--plain', '-n', '-m', 'gate'])
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

test('what cannot be sent is one Up away, and the prompt is empty', async () => {
  const c2a = await createC2a()
  const terminal = openTerminal(c2a, ['--plain'])
  await terminal.until(idle)
  expect(terminal.screen().replaceAll('\n', ' ')).toContain('/model offline/demo')
  terminal.type('precious words\r')
  await terminal.until((screen) => screen.includes('Up brings it back.') && idle(screen))
  const said = terminal.screen().replaceAll('\n', '')
  expect(said).toContain('Without one, /model offline/demo answers.')
  expect(said).not.toContain('-m offline/demo')
  terminal.type('\x1b[A')
  await terminal.until((screen) => screen.endsWith('> precious words'))
  terminal.type('\x15')
  await say(terminal, '/model offline/demo')
  await say(terminal, 'hi')
  expect(terminal.screen()).toContain('offline demo')
  terminal.type('\x04')
  expect(await terminal.exit).toBe(0)
})

test('lines that are typed ahead are asked one after the other', async () => {
  const { upstream, c2a } = await startChat()
  const terminal = openTerminal(c2a, ['--plain', '-n', '-m', 'echo'])
  await terminal.until(idle)
  terminal.type('one\rtwo\rthree\r')
  await terminal.until((screen) => screen.includes('You said: three') && idle(screen))
  expect(upstream.hits('echo')).toBe(3)
})

test('pasted lines are one message, which Enter sends', async () => {
  const { upstream, c2a } = await startChat()
  const terminal = openTerminal(c2a, ['--plain', '-n', '-m', 'echo'])
  await terminal.until(idle)
  terminal.type('see: \x1b')
  terminal.type('[200~one\r\ttwo\x1b]0;owned\x07\u202e\r\x1b[201~')
  await terminal.until((screen) => screen.includes('> see: one↵') && screen.includes('two␛]0;'))
  expect(upstream.hits('echo')).toBe(0)
  terminal.type(' end\r')
  await terminal.until((screen) => screen.includes('You said: see: one\n') && idle(screen))
  expect((await upstream.waitFor('echo')).body['messages']).toEqual([
    { role: 'user', content: 'see: one\n\ttwo␛]0;owned␇\ufffd end' },
  ])
  expect(terminal.title()).toBe('')
})

for (const [how, leave, code] of [
  ['Ctrl+D', (t: TerminalUnderTest) => t.type('\x04'), 0],
  ['SIGTERM', (t: TerminalUnderTest) => t.kill('SIGTERM'), 143],
] as const) {
  test(`the terminal is given back after ${how}`, async () => {
    const { c2a } = await startChat()
    const terminal = openTerminal(c2a, ['--plain', '-n'])
    await terminal.until(idle)
    expect(terminal.raw()).toContain('\x1b[?2004h')
    leave(terminal)
    expect(await terminal.exit).toBe(code)
    expect(terminal.raw().lastIndexOf('\x1b[?2004l')).toBeGreaterThan(
      terminal.raw().lastIndexOf('\x1b[?2004h'),
    )
  })
}

test('Ctrl+Z stops the chat, and fg comes back to it', async () => {
  const { c2a } = await startChat()
  const shell = openShell(c2a.env)
  await shell.until(/shell> $/)
  shell.type(`'${process.execPath}' '${launcher}' --plain -n -m ok\r`)
  await shell.until(/\n> $/)
  shell.type('half a li')
  await shell.until(/> half a li$/)
  shell.type('\x1a')
  await shell.until(/Stopped[^\n]*\nshell> $/)
  shell.type('fg\r')
  await shell.until(/fg\n[^\n]*\n> half a li$/)
  shell.type('ne\r')
  await shell.until(/> half a line\nHello, world\.\n> $/)
  shell.type('\x04')
  await shell.until(/shell> $/)
  shell.type('echo $?\r')
  await shell.until(/\n0\nshell> $/)
})

test('/stop stops what another terminal asked for', async () => {
  const { upstream, c2a } = await startChat()
  const terminal = openTerminal(c2a, ['--plain', '-n', '-m', 'gate'])
  await say(terminal, '/stop')
  expect(terminal.screen()).toContain('Nothing is running.')
  const asking = c2a.spawn(['ask', '-C', 'hi'])
  asking.stdin?.end()
  const request = await upstream.waitFor('gate')
  request.release('Begun.')
  terminal.type('/stop\r')
  await terminal.until((screen) => screen.includes('another terminal asked for: stopped'))
  expect(await request.ended).toBe('aborted')
  await say(terminal, '/help')
})

test('Ctrl+D in the middle of an answer says that it goes on', async () => {
  const { upstream, c2a } = await startChat()
  const terminal = openTerminal(c2a, ['--plain', '-n', '-m', 'gate'])
  await terminal.until(idle)
  terminal.type('hi\r')
  const request = await upstream.waitFor('gate')
  request.release('Half an ans')
  await terminal.until((screen) => screen.includes('Half an ans'))
  terminal.type('\x04')
  expect(await terminal.exit).toBe(0)
  expect(terminal.screen()).toMatch(/Half an ans\nThe answer goes on; c2a brings you back\.$/)
  request.release('wer.')
  request.finish()
  const next = openTerminal(c2a, ['--plain'])
  await next.until((screen) => screen.includes('Half an answer.') && idle(screen))
})

test('the daemon is killed in the middle: the text stays, the chat goes on', async () => {
  const { upstream, c2a } = await startChat()
  const terminal = openTerminal(c2a, ['--plain', '-n', '-m', 'gate'])
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
  const terminal = openTerminal(c2a, ['--plain'])
  await terminal.until((screen) => screen.includes('Begun.'))
  request.release('Done.')
  request.finish()
  await terminal.until((screen) => screen.includes('Begun. Done.') && idle(screen))
})

test('hostile answers and titles cannot reach the terminal of a chat', async () => {
  const { c2a } = await startChat()
  const attack = 'x \x1b]52;c;aGk=\x07 \x1b]0;owned\x07 \x9b31m \u202eabc'
  await c2a.run(['ask', '-m', 'script', attack])
  const terminal = openTerminal(c2a, ['--plain'])
  await terminal.until(idle)
  expect(terminal.screen()).toContain('␛]52;c;aGk=␇ ␛]0;owned␇ �31m �abc')
  expect(terminal.raw()).not.toMatch(/\x1b[\]PX^_]|[\x80-\x9f]|\u202e|\x07/)
  expect(terminal.title()).toBe('')
})
