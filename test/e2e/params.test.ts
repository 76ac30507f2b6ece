import { expect, onTestFinished, test } from 'vitest'
import { startUpstream } from '../fakes/upstream/upstream.js'
import { type C2a, createC2a } from '../support/c2a.js'

async function setUp(): Promise<C2a> {
  const upstream = await startUpstream({ litellm: true })
  onTestFinished(() => upstream.close())
  return createC2a({ gateway: upstream.url, env: { C2A_MODEL: 'echo-body' } })
}

const names = ['temperature', 'top_p', 'max_tokens', 'seed', 'stop', 'reasoning_effort']

/** The parameters that the model was sent, as it tells them. */
async function sent(c2a: C2a, ...args: string[]): Promise<object> {
  const { stdout, stderr } = await c2a.run(['ask', ...args, 'Hi'])
  if (stdout === '') throw new Error(stderr)
  const body: [string, unknown][] = Object.entries(JSON.parse(stdout))
  return Object.fromEntries(body.filter(([name]) => names.includes(name)))
}

async function json(c2a: C2a, ...args: string[]) {
  return JSON.parse((await c2a.run([...args, '--json'])).stdout)
}

test('what ask -o takes goes to the model, and a new session keeps it', async () => {
  const c2a = await setUp()
  const first = ['-o', 'temperature=0.5', '--param', 'stop=a b', '-o', 'stop=c']
  expect(await sent(c2a, ...first)).toEqual({ temperature: 0.5, stop: ['a b', 'c'] })
  // As with -m, nothing else sticks in a session that is there.
  const once = ['-o', 'temperature=', '-o', 'seed=1']
  expect(await sent(c2a, '-C', ...once)).toEqual({ stop: ['a b', 'c'], seed: 1 })
  expect(await sent(c2a, '-C')).toEqual({ temperature: 0.5, stop: ['a b', 'c'] })
  const [session] = await json(c2a, 'sessions', 'list')
  expect(session.params).toEqual({ temperature: 0.5, stop: ['a b', 'c'] })
  const shown = await c2a.run(['sessions', 'show', session.id])
  expect(shown.stdout).toContain('\nparams   temperature=0.5 stop=["a b","c"]\n')
})

test('a role brings its own, which one question may leave out', async () => {
  const c2a = await setUp()
  await c2a.run([
    'roles',
    'create',
    'Poet',
    '-i',
    'Rhyme.',
    '-o',
    'temperature=1.5',
    '-o',
    'seed=7',
  ])
  expect(await sent(c2a, '-r', 'poet', '-o', 'seed=8')).toEqual({ temperature: 1.5, seed: 8 })
  expect(await sent(c2a, '-r', 'poet', '-o', 'temperature=')).toEqual({ seed: 7 })
  // With -o nobody is asked for instructions, and stdin is not read.
  const edited = await c2a.run(['roles', 'edit', 'Poet', '-o', 'seed=', '-o', 'top_p=1'], {
    stdin: 'not instructions',
  })
  expect(edited).toMatchObject({ stderr: 'c2a: changed the role "Poet"\n', code: 0 })
  expect(await json(c2a, 'roles', 'show', 'Poet')).toMatchObject({
    instructions: 'Rhyme.',
    params: { temperature: 1.5, top_p: 1 },
    revision: 2,
  })
})

test('sessions edit changes what is named and leaves the rest', async () => {
  const c2a = await setUp()
  await c2a.run(['roles', 'create', 'Poet', '-i', 'Rhyme.'])
  await c2a.run(['ask', '--plan', 'ok,echo-body', '-o', 'seed=1', 'Hi'])
  const [{ id, plan }] = await json(c2a, 'sessions', 'list')
  const edit = async (...args: string[]) => {
    const { code, stdout, stderr } = await c2a.run(['sessions', 'edit', id.slice(0, 8), ...args])
    expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: '' })
    const { messages: _, ...session } = await json(c2a, 'sessions', 'show', id)
    return session
  }
  expect(await edit('-o', 'top_p=0.5', '--title', 'Mine')).toMatchObject({
    ...{ title: 'Mine', model: null, role_id: null, plan },
    params: { seed: 1, top_p: 0.5 },
  })
  const inRole = await edit('-r', 'poet', '-m', 'echo-body', '-o', 'seed=')
  expect(inRole).toMatchObject({ model: 'echo-body', plan: null, params: { top_p: 0.5 } })
  expect(inRole.role_id).not.toBeNull()
  expect(await edit('--no-role')).toMatchObject({ title: 'Mine', role_id: null })
  expect(await sent(c2a, '-s', id)).toEqual({ top_p: 0.5 })
})

test('what is unknown or out of range is 2, says what there is, and needs no daemon', async () => {
  const c2a = await createC2a()
  const known = 'known are temperature, top_p, max_tokens, seed, stop, reasoning_effort'
  const cases: [option: string, words: string][] = [
    ['temprature=1', `unknown parameter: temprature (did you mean temperature?); ${known}`],
    ['frequency_penalty=1', `unknown parameter: frequency_penalty; ${known}`],
    ['top_p=1.5', 'top_p must be a number from 0 to 1, not "1.5"'],
    ['seed', '-o takes NAME=VALUE'],
  ]
  for (const [option, words] of cases) {
    for (const args of [
      ['ask', 'x'],
      ['roles', 'edit', 'x'],
      ['sessions', 'edit', 'ffff'],
      ['-n'],
    ]) {
      const { stdout, stderr, code } = await c2a.run([...args, '-o', option])
      expect({ args, stdout, code }).toEqual({ args, stdout: '', code: 2 })
      expect(stderr).toContain(words)
    }
  }
  const nothing = await c2a.run(['sessions', 'edit', 'ffff'])
  expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing to change') })
  expect(c2a.daemon()).toBeUndefined()
})
