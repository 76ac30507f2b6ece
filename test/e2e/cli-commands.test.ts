import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { createC2a } from '../support/c2a.js'

async function startGateway(): Promise<Upstream> {
  const upstream = await startUpstream({ litellm: true })
  onTestFinished(() => upstream.close())
  return upstream
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')

test('wrong usage is 2, and says what was probably meant', async () => {
  const c2a = await createC2a()
  const cases: [args: string[], words: string][] = [
    [['sesions'], 'Did you mean c2a sessions?'],
    [['frobnicate', 'it'], 'c2a --help lists the commands'],
    [['sessions', 'lst'], 'Did you mean list?'],
    [['--wat'], "c2a: unknown option '--wat'\n     c2a --help says how it is used.\n"],
    [['models', '--wat'], "unknown option '--wat'\n     c2a models --help says how"],
    [['ask', '--modle', 'x'], "c2a: unknown option '--modle'\n     Did you mean --model?\n"],
    [['sessions', 'show'], "missing required argument 'id'\n     c2a sessions show --help says"],
    [['-m', 'x', 'ask', 'hi'], 'options go after the command'],
    [['config', 'set', 'gateway.ulr', 'x'], 'Did you mean gateway.url?'],
    [['sessions', 'list', '-n', '0'], '--limit takes 1 to 1000'],
    [['roles', 'create', 'x', '-i', 'a', '-f', 'b'], '-i and -f'],
    [[], 'c2a: the chat needs a terminal; without one use c2a ask'],
  ]
  for (const [args, words] of cases) {
    const { stdout, stderr, code } = await c2a.run(args)
    expect({ args, stdout, code }).toEqual({ args, stdout: '', code: 2 })
    expect(stderr).toContain(words)
  }
  // None of them needs a daemon.
  expect(c2a.daemon()).toBeUndefined()
})

test('settings that are broken say where help is', async () => {
  const c2a = await createC2a()
  const path = join(c2a.home, 'config.json')
  writeFileSync(path, '{ broken')
  const { stderr, code } = await c2a.run(['models'])
  expect({ stderr, code }).toEqual({
    stderr: `c2a: ${path} is not valid JSON\n     Mend it; c2a doctor says how.\n`,
    code: 2,
  })
})

test('help is on stdout and 0', async () => {
  const c2a = await createC2a()
  for (const args of [['--help'], ['sessions', '--help'], ['daemon', 'run', '--help']]) {
    const { stdout, stderr, code } = await c2a.run(args)
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(stdout).toContain(`Usage: c2a ${args.slice(0, -1).join(' ')}`)
  }
})

test('sessions are listed, shown and deleted', async () => {
  const upstream = await startGateway()
  const c2a = await createC2a({ gateway: upstream.url })
  expect(await c2a.run(['sessions', 'list'])).toMatchObject({ stdout: '', code: 0 })
  await c2a.run(['ask', '-m', 'ok', 'first'])
  await c2a.run(['ask', '-m', 'script', '**second**\tone'])

  const list = await c2a.run(['sessions', 'list'])
  const rows = lines(list.stdout).map((line) => line.split('\t'))
  expect(rows.map((row) => [row[1], row[2], row.length])).toEqual([
    ['second one', 'script', 5],
    ['first', 'ok', 5],
  ])
  const [id = ''] = rows[0] ?? []
  expect(lines((await c2a.run(['sessions', 'list', '--limit', '1'])).stdout)).toHaveLength(1)
  const json = JSON.parse((await c2a.run(['sessions', 'list', '--json'])).stdout)
  expect(json.map((row: { id: string }) => row.id)).toEqual(rows.map((row) => row[0]))

  const show = await c2a.run(['sessions', 'show', id.slice(0, 8)])
  expect(show.stdout).toContain(`id       ${id}\n`)
  expect(show.stdout).toContain('\n[you]\n**second**\tone\n\n[script]\n**second**\tone\n')
  const whole = JSON.parse((await c2a.run(['sessions', 'show', id, '--json'])).stdout)
  expect(whole).toMatchObject({ id, messages: [{ role: 'user' }, { role: 'assistant' }] })

  const refused = await c2a.run(['sessions', 'delete', id])
  expect(refused).toMatchObject({ stdout: '', code: 2 })
  expect(refused.stderr).toContain('--yes')
  const first = rows[1]?.[0] ?? ''
  expect((await c2a.run(['sessions', 'delete', id, 'ffffffff', '--yes'])).code).toBe(5)
  expect(lines((await c2a.run(['sessions', 'list'])).stdout)).toHaveLength(2)
  expect((await c2a.run(['sessions', 'delete', id, first.slice(0, 10), '--yes'])).code).toBe(0)
  expect((await c2a.run(['sessions', 'list'])).stdout).toBe('')
  expect((await c2a.run(['sessions', 'show', id])).code).toBe(5)
})

test('a session is forked: a pipe gets the id alone', async () => {
  const upstream = await startGateway()
  const c2a = await createC2a({ gateway: upstream.url })
  await c2a.run(['ask', '-m', 'script', 'first'])
  await c2a.run(['ask', '-C', 'second'])
  const [row = ''] = lines((await c2a.run(['sessions', 'list'])).stdout)
  const [id = ''] = row.split('\t')
  const textsOf = async (one: string): Promise<string[]> => {
    const { stdout } = await c2a.run(['sessions', 'show', one, '--json'])
    return JSON.parse(stdout).messages.map(({ content }: { content: string }) => content)
  }
  const whole = JSON.parse((await c2a.run(['sessions', 'show', id, '--json'])).stdout)
  const second: string = whole.messages[2].id

  const fork = async (...args: string[]): Promise<string[]> => {
    const { stdout, stderr, code } = await c2a.run(['sessions', 'fork', id.slice(0, 8), ...args])
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(stdout).toMatch(/^[0-9a-f-]{36}\n$/)
    return textsOf(stdout.trim())
  }
  expect(await fork()).toEqual(['first', 'first', 'second', 'second'])
  expect(await fork('--at', second)).toEqual(['first', 'first', 'second'])
  expect(await fork('--at', second, '--before')).toEqual(['first', 'first'])
  expect(await textsOf(id)).toEqual(['first', 'first', 'second', 'second'])

  const elsewhere = await c2a.run(['sessions', 'fork', id, '--at', id])
  expect(elsewhere).toMatchObject({ stdout: '', code: 5 })
  expect(elsewhere.stderr).toContain('no message with this id in this session')
  const alone = await c2a.run(['sessions', 'fork', id, '--before'])
  expect(alone).toMatchObject({ stdout: '', code: 2 })
  expect(alone.stderr).toContain('--before needs --at')
})

test('a session that is answering is marked', async () => {
  const upstream = await startGateway()
  const c2a = await createC2a({ gateway: upstream.url })
  const asking = c2a.spawn(['ask', '-m', 'gate', 'hi'])
  asking.stdin?.end()
  const request = await upstream.waitFor('gate')
  const [row = ''] = lines((await c2a.run(['sessions', 'list'])).stdout)
  expect(row).toMatch(/\tlive$/)
  request.finish()
})

test('roles are made from arguments, files and pipes', async () => {
  const upstream = await startGateway()
  const c2a = await createC2a({ gateway: upstream.url })
  const file = join(c2a.home, 'role.md')
  writeFileSync(file, 'Be strict.\nBe fair.\n')
  expect((await c2a.run(['roles', 'create', 'Poet', '-i', 'Rhyme.'])).code).toBe(0)
  expect((await c2a.run(['roles', 'create', 'Senior Reviewer', '-f', file])).code).toBe(0)
  expect((await c2a.run(['roles', 'create', 'Piped'], { stdin: 'From a pipe.\n' })).code).toBe(0)
  expect((await c2a.run(['roles', 'create', 'Dash', '-f', '-'], { stdin: 'x' })).code).toBe(0)
  expect(await c2a.run(['roles', 'create', 'Empty'])).toMatchObject({ code: 2 })
  expect((await c2a.run(['roles', 'create', 'Poet', '-i', 'Again.'])).code).toBe(9)

  const list = lines((await c2a.run(['roles', 'list'])).stdout).map((line) => line.split('\t'))
  expect(list.map((row) => [row[0], row[4]])).toEqual([
    ['Dash', 'x'],
    ['Piped', 'From a pipe.'],
    ['Poet', 'Rhyme.'],
    ['Senior Reviewer', 'Be strict. Be fair.'],
  ])
  // In a pipe a role is what can be piped into another.
  expect((await c2a.run(['roles', 'show', 'senior'])).stdout).toBe('Be strict.\nBe fair.\n')
  expect((await c2a.run(['roles', 'show', 'p'])).code).toBe(2)
  expect((await c2a.run(['roles', 'show', 'nobody'])).code).toBe(5)

  expect((await c2a.run(['roles', 'edit', 'poet', '--name', 'Bard'])).code).toBe(0)
  expect((await c2a.run(['roles', 'edit', 'bard'], { stdin: 'Sing.' })).code).toBe(0)
  const bard = JSON.parse((await c2a.run(['roles', 'show', 'Bard', '--json'])).stdout)
  expect(bard).toMatchObject({ name: 'Bard', instructions: 'Sing.', revision: 3 })
  expect(await c2a.run(['roles', 'edit', 'bard'])).toMatchObject({ code: 2 })

  await c2a.run(['ask', '-m', 'ok', '-r', 'bard', 'hi'])
  expect((await upstream.waitFor('ok')).body['messages']).toEqual([
    { role: 'system', content: 'Sing.' },
    { role: 'user', content: 'hi' },
  ])
  expect((await c2a.run(['roles', 'delete', 'bard'])).code).toBe(2)
  expect((await c2a.run(['roles', 'delete', 'bard', '--yes'])).code).toBe(0)
  expect((await c2a.run(['roles', 'show', 'bard'])).code).toBe(5)
})

test('models are a line each; a list that is old is said on stderr', async () => {
  const upstream = await startUpstream({ litellm: true })
  upstream.configure({
    modelInfo: {
      data: [
        {
          model_name: 'big',
          litellm_params: { api_key: 'sk-never-shown' },
          model_info: {
            mode: 'chat',
            litellm_provider: 'openai',
            max_input_tokens: 128_000,
            max_output_tokens: 16_384,
            input_cost_per_token: 0.0000025,
            output_cost_per_token: 0.00001,
            supports_vision: true,
          },
        },
      ],
    },
  })
  const c2a = await createC2a({ gateway: upstream.url })
  const fresh = await c2a.run(['models'])
  expect(fresh).toEqual({
    stdout: 'big\topenai\t128000\t16384\t2.5\t10\tvision\n',
    stderr: '',
    code: 0,
  })
  await upstream.close()
  const old = await c2a.run(['models', '--refresh'])
  expect(old).toMatchObject({ stdout: fresh.stdout, code: 0 })
  expect(old.stderr).toContain('the gateway does not answer; this list is stale')
  expect(JSON.parse((await c2a.run(['models', '--json'])).stdout)).toMatchObject({ stale: true })
})

test('without a gateway there is the demo, and stderr says so', async () => {
  const c2a = await createC2a()
  const { stdout, stderr, code } = await c2a.run(['models'])
  expect({ id: stdout.split('\t')[0], code }).toEqual({ id: 'offline/demo', code: 0 })
  expect(stderr).toContain('no gateway answers')
})

test('settings: written whole and private, secrets never shown', async () => {
  const c2a = await createC2a({ env: { LITELLM_ENDPOINT: undefined } })
  const path = (await c2a.run(['config', 'path'])).stdout.trim()
  expect(path).toBe(join(c2a.home, 'config.json'))
  writeFileSync(path, '{"mine": {"x": 1}}')
  const file = (): unknown => JSON.parse(readFileSync(path, 'utf8'))

  expect((await c2a.run(['config', 'set', 'gateway.url', 'http://127.0.0.1:1/'])).code).toBe(0)
  expect((await c2a.run(['config', 'set', 'gateway.key'], { stdin: 'sk-hush\n' })).code).toBe(0)
  expect((await c2a.run(['config', 'set', 'daemon.idle_minutes', '5'])).code).toBe(0)
  expect(file()).toEqual({
    mine: { x: 1 },
    gateway: { url: 'http://127.0.0.1:1', key: 'sk-hush' },
    daemon: { idle_minutes: 5 },
  })
  expect(statSync(path).mode & 0o777).toBe(0o600)

  expect((await c2a.run(['config', 'get', 'gateway.url'])).stdout).toBe('http://127.0.0.1:1\n')
  expect((await c2a.run(['config', 'get', 'gateway.key'])).stdout).toBe('[secret]\n')
  expect((await c2a.run(['config', 'get', 'daemon.log_level'])).stdout).toBe('info\n')
  expect((await c2a.run(['config', 'get', 'model'])).code).toBe(5)
  const list = await c2a.run(['config', 'list'])
  expect(list.stdout).toContain('gateway.key\tset\tconfig.json\n')
  expect(list.stdout).toContain('daemon.admin_token\tunset\t\n')
  expect(list.stdout).not.toContain('sk-hush')

  const argument = await c2a.run(['config', 'set', 'gateway.key', 'sk-seen'])
  expect(argument.code).toBe(2)
  expect(argument.stderr).not.toContain('sk-seen')
  expect((await c2a.run(['config', 'set', 'gateway.url', 'no url'])).code).toBe(2)
  expect((await c2a.run(['config', 'set', 'gateway.key'], { stdin: '' })).code).toBe(2)

  const env = { LITELLM_ENDPOINT: 'http://127.0.0.1:2' }
  const overridden = await c2a.run(['config', 'set', 'gateway.url', 'http://x'], { env })
  expect(overridden).toMatchObject({ code: 0, stdout: '' })
  expect(overridden.stderr).toContain('LITELLM_ENDPOINT is set in the environment')
  expect((await c2a.run(['config', 'get', 'gateway.url'], { env })).stdout).toContain(':2')

  expect((await c2a.run(['config', 'set', 'gateway.url', '--unset'])).code).toBe(0)
  expect((await c2a.run(['config', 'unset', 'gateway.key'])).code).toBe(0)
  expect(file()).toEqual({ mine: { x: 1 }, daemon: { idle_minutes: 5 } })
})
