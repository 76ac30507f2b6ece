import { execFile } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { processStart } from '../../shared/process-start.js'
import { formOf, signed, signingSecret } from '../fakes/slack.js'
import { answer, type Step } from '../fakes/upstream/steps.js'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { createHome, type Home } from '../service/home.js'
import { freePort } from '../service/litellm.js'
import { redisVersion } from '../service/redis.js'
import { packageRoot } from '../support/managed-postgres.js'

/* What docker-compose.yml starts, as local processes, from the same files. Nothing but the model is a fake. */

interface Part {
  name: string
  state: string
  version?: string
  pid?: number
  address?: string
}

interface Asked {
  model: string
  messages: { role: string; content: string }[]
}

const hasRedis = redisVersion() !== undefined

let upstream: Upstream
let home: Home

/** What the model says: it repeats what it was asked last. */
function* repeat({ text }: { text: string }): Iterable<Step> {
  yield* answer('You said: ', text)
}

beforeAll(async () => {
  upstream = await startUpstream({ scripts: { local: { steps: repeat } } })
  const { stdout } = await promisify(execFile)(join(packageRoot, 'scripts/litellm.sh'))
  home = createHome({})
  // As a user has it who installed LiteLLM by hand: nothing is installed here.
  const bin = join(home.home, 'bin')
  mkdirSync(bin)
  symlinkSync(stdout.trim().split('\n').at(-1) ?? '', join(bin, 'litellm'))
  // Into the very files that containers read.
  expect(await stack('init')).toMatchObject({ code: 0 })
  const more = {
    litellm: { LOCAL_API_BASE: `${upstream.url}/v1`, PORT: String(await freePort()) },
    daemon: { C2A_LISTEN: String(await freePort()), SLACK_SIGNING_SECRET: signingSecret },
  }
  for (const [name, variables] of Object.entries(more)) {
    const lines = Object.entries(variables).map(([key, value]) => `${key}=${value}\n`)
    appendFileSync(join(home.home, 'stack', `.env.${name}`), lines.join(''))
  }
})

afterAll(async () => {
  if (home !== undefined) await stack('down', '--force')
  await home?.dispose()
  await upstream?.close()
})

const environment = () => ({
  C2A_STACK_DIR: join(home.home, 'stack'),
  PATH: `${join(home.home, 'bin')}:${process.env['PATH']}`,
})

const stack = (...args: string[]) => home.run(['stack', ...args], { env: environment() })

const ask = (...args: string[]) => home.run(['ask', '-m', 'local', ...args])

async function parts(): Promise<Record<string, Part>> {
  const { stdout } = await stack('status', '--json')
  const status: { parts: Part[] } = JSON.parse(stdout)
  return Object.fromEntries(status.parts.map((part) => [part.name, part]))
}

/** What the model was asked, LiteLLM's own fields left out. */
const asked = (): Asked[] =>
  upstream.requests.filter(({ model }) => model !== '').map(({ body }) => body as unknown as Asked)

describe('the stack as local processes', () => {
  test('up brings up Postgres, Redis, LiteLLM and the daemon, and all are well', async () => {
    const up = await stack('up', '--local')
    expect(up).toMatchObject({ code: 0 })
    const { postgres, redis, litellm, daemon } = await parts()
    expect([postgres?.state, litellm?.state, daemon?.state]).toEqual(['well', 'well', 'well'])
    expect(redis?.state).toBe(hasRedis ? 'well' : 'missing')
    expect(postgres?.version).toMatch(/^1\d\.\d+/)
    expect(litellm?.version).toMatch(/^1\.\d+\.\d+/)
    expect((await home.run(['models'])).stdout).toMatch(/^local\t/m)
  })

  test('ask, a role and plan mode go through all of it', async () => {
    expect(await ask('hello')).toEqual({ stdout: 'You said: hello\n', stderr: '', code: 0 })
    const instructions = 'Answer like a pirate.'
    expect(await home.run(['roles', 'create', 'Pirate'], { stdin: instructions })).toMatchObject({
      code: 0,
    })
    expect((await ask('-r', 'pirate', 'who are you?')).stdout).toBe('You said: who are you?\n')
    expect(asked().at(-1)?.messages).toEqual([
      { role: 'system', content: instructions },
      { role: 'user', content: 'who are you?' },
    ])
    const planned = await home.run(['ask', '--json', '--plan', 'local,local', 'build a boat'])
    expect(planned.code).toBe(0)
    const [plan, implementation] = asked().slice(-2)
    expect(plan?.messages.at(-1)?.content).toContain('build a boat')
    expect(implementation?.messages.at(-1)?.content).toContain(
      JSON.parse(planned.stdout).plan.trim(),
    )
  })

  test('Slack chooses a role, at the address that .env.daemon names', async () => {
    const { daemon } = await parts()
    const url = daemon?.address?.split(' ').at(-1)
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const body = formOf('/role', 'pirate')
    const post = (headers: Record<string, string>) =>
      fetch(`${url}/slack/command`, { method: 'POST', body, headers })
    const answer = await post(signed(body))
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('Pirate')
    expect((await post(signed(body, { secret: 'another' }))).status).toBe(401)
  })

  test.skipIf(!hasRedis)(
    'LiteLLM caches in Redis, with the password of the env files',
    async () => {
      const question = 'the same question'
      // LiteLLM writes to Redis after the answer is out: the next one may come too early.
      await vi.waitFor(
        async () => {
          const hits = upstream.hits('local')
          expect((await ask(question)).stdout).toBe(`You said: ${question}\n`)
          expect(upstream.hits('local')).toBe(hits)
        },
        { timeout: 20_000, interval: 100 },
      )
    },
  )

  test('Redis and LiteLLM die: the one is not missed, the other is named, and up brings both back', async () => {
    const before = await parts()
    const kill = async (pid = 0): Promise<void> => {
      process.kill(pid, 'SIGKILL')
      await vi.waitFor(() => expect(processStart(pid)).toBeUndefined())
    }
    if (hasRedis) {
      await kill(before['redis']?.pid)
      expect((await ask('without Redis')).stdout).toBe('You said: without Redis\n')
    }
    await kill(before['litellm']?.pid)
    const failed = await ask('without LiteLLM')
    expect(failed.code).toBe(6)
    expect(failed.stderr).toContain('gateway')
    expect((await parts())['litellm']?.state).toBe('stopped')

    const up = await stack('up', '--local')
    expect(up).toMatchObject({ code: 0 })
    expect(up.stderr).toContain('the daemon runs already')
    expect((await ask('back again')).stdout).toBe('You said: back again\n')
  })

  test('down leaves nothing running, and history is there the next time', async () => {
    const before = await parts()
    const pids = Object.values(before).flatMap(({ pid }) => pid ?? [])
    const data: { data_dir?: string } = JSON.parse(
      readFileSync(join(home.home, 'daemon.json'), 'utf8'),
    )
    const down = await stack('down')
    expect(down.stdout).toBe(`stopped: daemon, litellm${hasRedis ? ', redis' : ''}\n`)
    expect(pids.filter((pid) => processStart(pid) !== undefined)).toEqual([])
    expect(existsSync(join(data.data_dir ?? '', 'postmaster.pid'))).toBe(false)
    expect(data.data_dir).toBeDefined()
    const { stdout } = await home.run(['sessions', 'list'])
    expect(stdout).toContain('build a boat')
  })

  test('no secret of the env files was printed, or is in a log', () => {
    const file = (name: string) => readFileSync(join(home.home, 'stack', `.env.${name}`), 'utf8')
    const written = home.written()
    const logs = ['litellm', 'redis']
      .map((name) => join(home.home, 'services', `${name}.log`))
      .filter((path) => existsSync(path))
      .map((path) => readFileSync(path, 'utf8'))
    for (const name of ['LITELLM_MASTER_KEY', 'LITELLM_SALT_KEY', 'REDIS_PASSWORD']) {
      const secret =
        new RegExp(`^${name}=(.+)$`, 'm').exec(file('litellm'))?.[1] ?? expect.fail(name)
      expect([written, ...logs].filter((text) => text.includes(secret))).toEqual([])
    }
  })
})
