import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { type C2a, createC2a, finished } from '../support/c2a.js'
import { eventually } from '../support/eventually.js'
import { openTerminal } from '../support/terminal.js'

async function startGateway(): Promise<Upstream> {
  const upstream = await startUpstream({ litellm: true })
  onTestFinished(() => upstream.close())
  return upstream
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')
const token = /^c2a_[0-9a-z]+_[0-9a-f]{64}\n$/

/** A daemon that other people reach, and how one of them does who has this token. */
async function shared(
  gateway: string,
  env: Record<string, string> = {},
): Promise<{ c2a: C2a; as(token: string): RunEnv }> {
  const c2a = await createC2a({ gateway, env: { C2A_LISTEN: '127.0.0.1:0', ...env } })
  await c2a.run(['daemon', 'start'])
  const home = mkdtempSync(join(tmpdir(), 'c2a-person-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const C2A_URL = `http://${c2a.daemon()?.listen}`
  return { c2a, as: (text) => ({ env: { C2A_HOME: home, C2A_URL, C2A_TOKEN: text } }) }
}
type RunEnv = { env: Record<string, string> }

test('a token is printed alone, works from elsewhere for its own sessions, and ends when it is revoked', async () => {
  const upstream = await startGateway()
  const { c2a, as } = await shared(upstream.url)
  await c2a.run(['ask', '-m', 'ok', 'mine'])

  const made = await c2a.run(['token', 'create', 'Bob', '--expires', '30d'])
  expect({ code: made.code, stdout: made.stdout }).toEqual({
    code: 0,
    stdout: expect.stringMatching(token),
  })
  expect(made.stderr).toContain('for bob: scope chat, until 20')
  expect(made.stderr).toContain(`export C2A_URL=http://${c2a.daemon()?.listen}\n`)
  expect(made.stderr).toContain('export C2A_TOKEN=')
  expect(made.stderr).not.toContain(made.stdout.trim().slice(-64))
  const bob = as(made.stdout.trim())

  expect((await c2a.run(['sessions', 'list'], bob)).stdout).toBe('')
  expect((await c2a.run(['ask', '-m', 'ok', 'of bob'], bob)).stdout).toBe('Hello, world.\n')
  const [row = ''] = lines((await c2a.run(['sessions', 'list'], bob)).stdout)
  expect(row).toContain('\tof bob\t')
  expect(lines((await c2a.run(['sessions', 'list'])).stdout)).toHaveLength(1)
  const [id = ''] = row.split('\t')
  expect((await c2a.run(['sessions', 'show', id])).code).toBe(5)
  expect((await c2a.run(['roles', 'create', 'X', '-i', 'y'], bob)).code).toBe(4)
  const refused = await c2a.run(['token', 'create', 'eve'], bob)
  expect(refused).toMatchObject({ stdout: '', code: 4 })
  expect(refused.stderr).toContain('this needs an admin token')

  const list = lines((await c2a.run(['token', 'list'])).stdout).map((line) => line.split('\t'))
  expect(list).toEqual([
    [
      'bob',
      expect.any(String),
      'chat',
      'valid',
      expect.any(String),
      expect.any(String),
      expect.any(String),
      '',
    ],
  ])
  expect(await c2a.run(['token', 'revoke', 'bob'])).toMatchObject({ stdout: '', code: 2 })
  expect((await c2a.run(['token', 'revoke', 'bo', '--yes'])).code).toBe(5)
  expect((await c2a.run(['sessions', 'list'], bob)).code).toBe(0)
  const revoked = await c2a.run(['token', 'revoke', 'BOB', '--yes'])
  expect(revoked).toMatchObject({ stdout: '', code: 0 })
  expect(revoked.stderr).toContain(`revoked the token ${list[0]?.[1]} of bob`)
  expect((await c2a.run(['sessions', 'list'], bob)).code).toBe(4)
  expect((await c2a.run(['token', 'revoke', 'bob', '--yes'])).code).toBe(5)

  const again = await c2a.run(['token', 'create', 'bob', '--scope', 'read', '--json'])
  const { token: text, ...rest } = JSON.parse(again.stdout)
  expect(rest).toMatchObject({ name: 'bob', scope: 'read', state: 'valid', expires_at: null })
  expect(again.stderr).toContain('bob had a token before: this one opens the same sessions\n')
  expect((await c2a.run(['sessions', 'show', id], as(text))).stdout).toContain('of bob')
  const asked = await c2a.run(['ask', '-m', 'ok', 'more'], as(text))
  expect([asked.code, asked.stderr]).toEqual([4, expect.stringContaining('may only read')])
  const json = JSON.parse((await c2a.run(['token', 'list', '--json'])).stdout)
  expect(json.map(({ state }: { state: string }) => state)).toEqual(['revoked', 'valid'])
})

test('an answer that is being followed ends when the token is revoked, with the reason', async () => {
  const upstream = await startGateway()
  const { c2a, as } = await shared(upstream.url)
  const made = (await c2a.run(['token', 'create', 'carol'])).stdout.trim()
  const asking = c2a.spawn(['ask', '-m', 'gate', 'hi'], as(made))
  asking.stdin?.end()
  const end = finished(asking)
  const call = await upstream.waitFor('gate')
  call.release('Begun')
  await eventually(async () => {
    const [row = ''] = lines((await c2a.run(['sessions', 'list'], as(made))).stdout)
    expect(row).toMatch(/\tlive$/)
  })
  await c2a.run(['token', 'revoke', 'carol', '--yes'])
  const { code, stderr } = await end
  expect(stderr).toContain('the token is wrong, has expired or was revoked')
  expect([4, 7]).toContain(code)
  call.finish()
})

test('limits are settings; a question that comes too soon waits for its turn and says so', async () => {
  const upstream = await startGateway()
  const { c2a, as } = await shared(upstream.url, { C2A_LIMIT_STREAMS: '1' })
  const made = (await c2a.run(['token', 'create', 'erin'])).stdout.trim()
  const first = c2a.spawn(['ask', '-m', 'gate', 'first'], as(made))
  first.stdin?.end()
  const firstEnd = finished(first)
  const call = await upstream.waitFor('gate')
  const second = c2a.spawn(['ask', '-m', 'ok', 'second'], as(made))
  second.stdin?.end()
  let said = ''
  second.stderr?.on('data', (text: Buffer) => {
    said += String(text)
  })
  const secondEnd = finished(second)
  await eventually(() => expect(said).toContain('too many streams are open with this token'))
  // The owner of the daemon has no limits.
  expect((await c2a.run(['ask', '-m', 'ok', 'mine'])).code).toBe(0)
  call.finish()
  expect((await firstEnd).code).not.toBeNull()
  expect(await secondEnd).toMatchObject({ code: 0, stdout: 'Hello, world.\n' })
  expect(upstream.hits('ok')).toBe(2)

  await c2a.run(['daemon', 'start'], { env: { C2A_LIMIT_REQUESTS_PER_MINUTE: '1' } })
  const moved = { env: { ...as(made).env, C2A_URL: `http://${c2a.daemon()?.listen}` } }
  expect((await c2a.run(['sessions', 'list'], moved)).code).toBe(0)
  const refused = await c2a.run(['sessions', 'list'], moved)
  expect([refused.code, refused.stderr]).toEqual([
    9,
    expect.stringContaining('more than 1 request'),
  ])
})

test('whoever sits at a terminal is asked before a token is revoked', async () => {
  const upstream = await startGateway()
  const c2a = await createC2a({ gateway: upstream.url })
  await c2a.run(['token', 'create', 'dave'])
  await c2a.run(['token', 'create', 'dave'])
  const no = openTerminal(c2a, ['token', 'revoke', 'dave'])
  await no.until((screen) => screen.includes('Revoke 2 tokens of dave? [y/N]'))
  no.type('\r')
  expect(await no.exit).toBe(0)
  const states = async () =>
    lines((await c2a.run(['token', 'list'])).stdout).map((line) => line.split('\t')[3])
  expect(await states()).toEqual(['valid', 'valid'])
  const yes = openTerminal(c2a, ['token', 'revoke', 'dave'])
  await yes.until((screen) => screen.includes('[y/N]'))
  yes.type('y\r')
  expect(await yes.exit).toBe(0)
  expect(await states()).toEqual(['revoked', 'revoked'])
  const list = openTerminal(c2a, ['token', 'list'])
  expect(await list.exit).toBe(0)
  expect(list.screen()).toMatch(/^NAME +ID +SCOPE +STATE +USED +EXPIRES\ndave +\S+ +chat +revoked/)
})

test('what cannot be a token is said to be none, and not called a bug', async () => {
  const c2a = await createC2a()
  for (const text of ['a\r', 'a\nX-Evil: 1', 'é€', 'Bearer me', 'f'.repeat(40_000)]) {
    const { code, stderr } = await c2a.run(['sessions', 'list'], {
      env: { C2A_URL: 'http://127.0.0.1:9', C2A_TOKEN: text },
    })
    expect([code, stderr]).toEqual([2, expect.stringContaining('C2A_TOKEN')])
    expect(stderr).not.toContain(text)
  }
})
