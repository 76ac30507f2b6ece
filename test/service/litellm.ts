import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { vi } from 'vitest'
import type { Upstream } from '../fakes/upstream/upstream.js'

/** The real LiteLLM of litellm/requirements.lock, with the configuration that we ship. */
export interface LiteLLM {
  readonly url: string
  /** The master key: what must not turn up anywhere. */
  readonly key: string
  /** With other rows than before, if any are given. */
  start(rows?: readonly Row[]): Promise<void>
  /** SIGKILL: on SIGTERM it waits for calls that hang. */
  kill(): Promise<void>
  /** Also removes its files. */
  dispose(): Promise<void>
}

export interface LiteLLMOptions {
  /** In front of those of litellm/config.yaml. */
  rows: readonly Row[]
  /** By model: who answers in its place. In front of those of litellm/config.yaml. */
  fallbacks?: Readonly<Record<string, readonly string[]>>
  /** Also litellm/config.redis.yaml. */
  redis?: { port: number }
  /** More environment. */
  env?: Readonly<Record<string, string>>
}

/** One of `model_list`. */
interface Row {
  model_name: string
  litellm_params: Readonly<Record<string, unknown>>
  model_info?: Readonly<Record<string, unknown>>
}

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** Starting takes 10 s of computing, more where others compute too. */
const startPatienceMs = 150_000

export async function startLiteLLM(options: LiteLLMOptions): Promise<LiteLLM> {
  const { fallbacks = {}, redis, env } = options
  const { stdout } = await promisify(execFile)(file('scripts/litellm.sh'))
  const executable = stdout.trim().split('\n').at(-1) ?? ''
  const directory = mkdtempSync(join(tmpdir(), 'c2a-litellm-'))
  const key = `sk-canary-${randomUUID()}`
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const shipped = readFileSync(file('litellm/config.yaml'), 'utf8')
  writeFileSync(join(directory, 'shipped.yaml'), withFallbacks(shipped, fallbacks))
  copyFileSync(file('litellm/config.redis.yaml'), join(directory, 'config.redis.yaml'))
  let child: ChildProcess | undefined
  let ended = Promise.resolve()

  const start = async (rows = options.rows): Promise<void> => {
    // JSON is YAML. The sections of the included file win, its models come last.
    const config = { include: ['shipped.yaml'], model_list: rows }
    writeFileSync(join(directory, 'config.yaml'), JSON.stringify(config))
    const log: string[] = []
    const name = redis ? 'config.redis.yaml' : 'config.yaml'
    const address = ['--host', '127.0.0.1', '--port', String(port), '--num_workers', '1']
    const started = spawn(executable, ['--config', join(directory, name), ...address], {
      cwd: directory,
      // No provider has a key here.
      env: {
        PATH: process.env['PATH'],
        HOME: directory,
        LITELLM_MASTER_KEY: key,
        LITELLM_LOCAL_MODEL_COST_MAP: 'True',
        LITELLM_MODE: 'PRODUCTION',
        LITELLM_LOG: 'ERROR',
        LITELLM_DONT_SHOW_FEEDBACK_BOX: 'true',
        ...(redis && { REDIS_HOST: '127.0.0.1', REDIS_PORT: String(redis.port) }),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = started
    ended = new Promise((resolve) => started.once('close', () => resolve()))
    for (const stream of [started.stdout, started.stderr]) {
      stream.on('data', (chunk: Buffer) => log.push(chunk.toString()))
    }
    const alive = vi.waitFor(
      async () => {
        const answer = await fetch(`${url}/health/liveliness`)
        if (!answer.ok) throw new Error(`liveliness is ${answer.status}`)
      },
      { timeout: startPatienceMs, interval: 100 },
    )
    const early = ended.then(() => {
      throw new Error(`LiteLLM did not start:\n${log.join('').slice(-2_000)}`)
    })
    await Promise.race([alive, early])
  }

  const kill = async (): Promise<void> => {
    child?.kill('SIGKILL')
    await ended
  }

  const dispose = async (): Promise<void> => {
    await kill()
    rmSync(directory, { recursive: true, force: true })
  }

  await start().catch(async (error: unknown) => {
    await dispose()
    throw error
  })
  return { url, key, start, kill, dispose }
}

/** Rows for models of the fake upstream. No two share an upstream name: LiteLLM would mix up what it knows of them. */
export const fakeRows = (upstream: Upstream, models: readonly string[]): Row[] =>
  models.map((model) => ({
    model_name: model,
    litellm_params: { model: `openai/${model}`, api_base: `${upstream.url}/v1`, api_key: 'none' },
    model_info: {
      mode: 'chat',
      max_input_tokens: 4_096,
      max_output_tokens: 512,
      input_cost_per_token: 0.000_001,
      output_cost_per_token: 0.000_002,
    },
  }))

/** The shipped file with more in its list: what includes a file cannot add to its sections. */
function withFallbacks(shipped: string, fallbacks: Readonly<Record<string, readonly string[]>>) {
  const list = '  fallbacks:\n'
  if (!shipped.includes(list)) throw new Error('litellm/config.yaml has no list of fallbacks')
  const more = Object.entries(fallbacks).map((entry) => {
    return `    - ${JSON.stringify(Object.fromEntries([entry]))}\n`
  })
  return shipped.replace(list, `${list}${more.join('')}`)
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
