import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { type C2a, createC2a, launcher } from '../support/c2a.js'
import { spawnPty } from '../support/pty.js'
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
  const times = (): number => terminal.transcript().split(`\n> ${line}\n`).length
  const before = times()
  terminal.type(`${line}\r`)
  await terminal.until((screen) => times() > before && idle(screen))
}

/** A shell with job control; `until` looks at what it printed last, without control sequences. */
function openShell(env: Readonly<Record<string, string>>): {
  type(keys: string): void
  until(pattern: RegExp): Promise<void>
  raw(): string
} {
  let printed = ''
  let look = (): void => undefined
  const options = { cols: 80, rows: 24, env: { ...env, PS1: 'shell> ' } }
  const shell = spawnPty('bash', ['--norc', '--noprofile', '-i'], options, (text) => {
    printed += text
    look()
  })
  onTestFinished(() => shell.kill('SIGKILL'))
  const seen = (): string => printed.replaceAll(/\x1b\[[?\d;]*[a-zA-Z]|\r/g, '')
  return {
    type: (keys) => shell.write(keys),
    raw: () => printed,
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
  expect(terminal.screen()).toContain('> hello there\nok:\nHello, world.\nAnswer finished, ')
  expect((await upstream.waitFor('ok')).body['messages']).toEqual([
    { role: 'system', content: 'Rhyme.' },
    { role: 'user', content: 'hello there' },
  ])
  await say(terminal, '/roles')
  expect(terminal.screen()).toContain('1. Poet (current): Rhyme.')
  await say(terminal, '/clear_role')
  await say(terminal, '/set stop "the end"')
  await say(terminal, '/set')
  expect(terminal.screen()).toContain('stop: "the end" (session)')
  await say(terminal, '/help')
  expect(terminal.screen()).toContain('/clear_role: Answer without a role from now on')
  terminal.type('/quit\r')
  expect(await terminal.exit).toBe(0)

  // The next one opens the same session and shows what was said.
  const next = openTerminal(c2a, ['--plain'])
  await next.until(idle)
  expect(next.screen()).toContain('"hello there"')
  expect(next.screen()).toMatch(/you\nhello there\n\nok, \d\.\ds, 4 tok\nHello, world\./)
  await say(next, '/new')
  expect(next.screen()).toContain('"New Chat"')
  next.type('\x04')
  expect(await next.exit).toBe(0)
})

test('a number after a list chooses from it, and only there', async () => {
  const { upstream, c2a } = await startChat()
  await c2a.run(['roles', 'create', 'Poet', '-i', 'Rhyme.'])
  await c2a.run(['ask', '-m', 'echo', 'the old one'])
  const terminal = openTerminal(c2a, ['--plain', '-n', '-m', 'echo'], { rows: 80 })
  await say(terminal, '/models')
  const [, number] = /^(\d+)\. ok\b/m.exec(terminal.screen()) ?? []
  if (number === undefined) throw new Error(`no model ok in:\n${terminal.screen()}`)
  expect(terminal.screen()).toMatch(/^\d+\. echo \(current\)/m)
  await say(terminal, number)
  expect(terminal.screen()).toMatch(/^Model: ok\b/m)
  await say(terminal, '/role')
  await say(terminal, '7')
  expect(terminal.screen()).toContain('The list goes from 1 to 1.')
  await say(terminal, '1')
  expect(terminal.screen()).toContain('Role: Poet')
  await say(terminal, '1')
  expect((await upstream.waitFor('ok')).body['messages']).toEqual([
    { role: 'system', content: 'Rhyme.' },
    { role: 'user', content: '1' },
  ])
  await say(terminal, '/sessions')
  expect(terminal.screen()).toMatch(/^1\. 1 \(current\), now$/m)
  await say(terminal, '2')
  expect(terminal.screen()).toContain('"the old one"')
  expect(terminal.screen()).toMatch(
    /you\nthe old one\n\necho, \d\.\ds, \d+ tok\nYou said: the old one/,
  )
})

test('plan mode: the plan and the answer each say whose they are', async () => {
  const { upstream, c2a } = await startChat()
  const terminal = openTerminal(c2a, ['--plain', '-n', '-m', 'ok'])
  await say(terminal, '/model:plan-mode ok echo')
  expect(terminal.screen().replaceAll('\n', ' ')).toMatch(/Plan mode is on: ok\b.* plans, echo\b/)
  await say(terminal, 'build it')
  expect(terminal.screen()).toMatch(/> build it\nPlan by ok:\nHello, world\.\necho:\nYou said: /)
  expect(upstream.hits('ok')).toBe(1)
  await say(terminal, '/model:plan-mode-off')
  await say(terminal, 'again')
  expect(terminal.screen()).toContain('> again\nok:\nHello, world.\n')
})

test('a theme is kept for the next time; there is no mouse', async () => {
  const { c2a } = await startChat()
  const terminal = openTerminal(c2a, ['--plain'])
  await say(terminal, '/theme light')
  expect(terminal.screen()).toContain('Theme: light')
  await say(terminal, '/mouse on')
  expect(terminal.screen()).toContain('does not use the mouse')
  expect(readFileSync(join(c2a.home, 'config.json'), 'utf8')).toContain('light')
  const next = openTerminal(c2a, ['--plain'])
  await say(next, '/theme')
  expect(next.screen()).toContain('Theme: dark')
})

test('/clear begins a new session on an empty screen, and keeps what has scrolled away', async () => {
  const { c2a } = await startChat()
  const terminal = openTerminal(c2a, ['--plain', '-n', '-m', 'ok'])
  await say(terminal, 'hello')
  terminal.type('/clear\r')
  await terminal.until((screen) => !screen.includes('hello') && idle(screen))
  expect(terminal.screen()).toMatch(/^"New Chat" \(\w+\), ok\./)
  expect(terminal.raw()).not.toContain('\x1b[3J')
})

test('a dumb terminal gets the same chat, and no control sequence', async () => {
  const { c2a } = await startChat()
  const shell = openShell(c2a.env)
  await shell.until(/shell> $/)
  shell.type(`TERM=dumb '${process.execPath}' '${launcher}' -n -m ok\r`)
  await shell.until(/\n> $/)
  const before = shell.raw().length
  shell.type('hello\r')
  await shell.until(/> hello\nok:\nHello, world\.\nAnswer finished, \d\.\ds, \d+ tokens\.\n> $/)
  shell.type('/clear\r')
  await shell.until(/> \/clear\n"New Chat"[^>]*\n> $/)
  expect(shell.raw().slice(before)).not.toContain('\x1b')
})

test('an unknown command is never sent; // sends a slash', async () => {
  const { upstream, c2a } = await startChat()
  const terminal = openTerminal(c2a, ['--plain', '-n', '-m', 'echo'])
  await say(terminal, '/modle x')
  expect(terminal.screen()).toContain('Did you mean /model?')
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
  await terminal.until((screen) => screen.endsWith('Answer stopped.\n> typed ahead'))
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
  const said = terminal.screen().replaceAll(/\n */g, ' ')
  expect(said).toContain('Meanwhile /model offline/demo answers.')
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

test('a message that is larger than any may be is refused before a daemon is asked', async () => {
  const { c2a } = await startChat()
  const terminal = openTerminal(c2a, ['--plain', '-n', '-m', 'ok'], { columns: 1_000, rows: 10 })
  await terminal.until(idle)
  await c2a.run(['daemon', 'stop'])
  terminal.type(`\x1b[200~${'é'.repeat(2_200_000)}\x1b[201~`)
  await terminal.until((screen) => screen.endsWith('é'), 60_000)
  terminal.type('\r')
  await terminal.until((screen) => /Up brings it back/.test(screen) && idle(screen), 60_000)
  expect(terminal.screen()).toContain('the message has 4400000 bytes; at most 4194304 (4 MiB)')
  expect(c2a.daemon()).toBeUndefined()
}, 130_000)

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

test('a paste that begins with a slash is a message, also when it comes back by Up', async () => {
  const { upstream, c2a } = await startChat()
  const terminal = openTerminal(c2a, ['--plain', '-n', '-m', 'echo'])
  await terminal.until(idle)
  for (const [keys, said] of [
    ['\x1b[200~/quit\x1b[201~\r', '/quit'],
    ['\x1b[A\r', '/quit'],
    ['\x1b[200~// a\r// b\x1b[201~\r', '// a\n// b'],
  ] as const) {
    const before = upstream.hits('echo')
    terminal.type(keys)
    await terminal.until((screen) => upstream.hits('echo') > before && idle(screen))
    const { messages } = (await upstream.waitFor('echo', before + 1)).body
    expect(messages).toEqual(expect.arrayContaining([{ role: 'user', content: said }]))
  }
})

test('nothing but the line that is typed moves the cursor', async () => {
  const { c2a } = await startChat()
  const terminal = openTerminal(c2a, ['--plain', '-n', '-m', 'script'], { columns: 30 })
  await say(terminal, 'go')
  terminal.type('\x1b[200~# One\r\r- a\r- b\r\r```js\rlet a = 1\r```\r\x1b[201~\r')
  await terminal.until((screen) => screen.includes('\nlet a = 1\n```\n') && idle(screen))
  const answer = terminal.raw().split('script:').at(-1) ?? ''
  const untilPrompt = answer.slice(0, answer.indexOf('\x1b[1G'))
  expect(untilPrompt).toContain('let a = 1')
  expect(untilPrompt.replaceAll(/\x1b\[[\d;]*m/g, '')).not.toContain('\x1b')
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
  await shell.until(
    /> half a line\nok:\nHello, world\.\nAnswer finished, \d\.\ds, \d+ tokens\.\n> $/,
  )
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

test('a session that is answering is joined when it is chosen', async () => {
  const { upstream, c2a } = await startChat()
  const terminal = openTerminal(c2a, ['--plain', '-n', '-m', 'ok'])
  await terminal.until(idle)
  const asking = c2a.spawn(['ask', '-m', 'gate', 'hi'])
  asking.stdin?.end()
  const request = await upstream.waitFor('gate')
  request.release('Begun. ')
  await say(terminal, '/sessions')
  expect(terminal.screen()).toContain('1. hi, now, answering\n2. New Chat (current), now\n')
  terminal.type('1\r')
  await terminal.until((screen) => screen.includes('gate:\nBegun.'))
  request.release('Done.')
  request.finish()
  await terminal.until((screen) => screen.includes('Begun. Done.\nAnswer finished') && idle(screen))
})

test('a session that was deleted elsewhere is left for a new one', async () => {
  const { c2a } = await startChat()
  const terminal = openTerminal(c2a, ['--plain', '-n', '-m', 'ok'])
  await terminal.until(idle)
  const [, id = ''] = /\((\w{8})\)/.exec(terminal.screen()) ?? []
  expect((await c2a.run(['sessions', 'delete', id, '--yes'])).code).toBe(0)
  await say(terminal, 'hello')
  expect(terminal.screen()).toContain('Not sent; Up brings it back.')
  await say(terminal, '/new')
  terminal.type('\x1b[A\x1b[A\r')
  await terminal.until((screen) => screen.includes('Hello, world.') && idle(screen))
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
