import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { processStart } from '../../shared/process-start.js'
import { freePort } from '../service/litellm.js'
import { type C2a, createC2a, type Finished } from '../support/c2a.js'
import { makePrograms, type Programs } from '../support/programs.js'

interface Stack {
  readonly c2a: C2a
  readonly programs: Programs
  run(...args: string[]): Promise<Finished>
  file(name: string): string
  write(name: string, text: string): void
}

/** `c2a stack` in a directory of its own, on a machine with nothing installed. */
async function createStack(): Promise<Stack> {
  const programs = makePrograms()
  const c2a = await createC2a({ env: { PATH: programs.path } })
  const directory = join(c2a.home, 'stack')
  const env = { C2A_STACK_DIR: directory }
  const run: Stack['run'] = (...args) => c2a.run(['stack', ...args], { env, timeoutMs: 50_000 })
  onTestFinished(async () => {
    await run('down', '--force')
  })
  return {
    ...{ c2a, programs, run },
    file: (name) => readFileSync(join(directory, name), 'utf8'),
    write: (name, text) => writeFileSync(join(directory, name), text),
  }
}

const setTo = (text: string, name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1]

test('init makes the env files for us alone, keeps what is there, and adds what is new', async () => {
  const stack = await createStack()
  const first = await stack.run('init')
  expect(first).toMatchObject({ code: 0, stderr: '' })
  const names = ['daemon', 'litellm', 'openwebui', 'postgres', 'redis']
  for (const name of names) {
    expect(first.stdout).toContain(`.env.${name}: made, with fresh secrets`)
    expect(stack.file(`.env.${name}`)).not.toContain('CHANGE_ME')
    expect(statSync(join(stack.c2a.home, 'stack', `.env.${name}`)).mode & 0o777).toBe(0o600)
  }
  const key = setTo(stack.file('.env.litellm'), 'LITELLM_MASTER_KEY')
  expect(key).toMatch(/^sk-[0-9a-z]{40,}$/)
  expect(setTo(stack.file('.env.daemon'), 'LITELLM_API_KEY')).toBe(key)
  expect(setTo(stack.file('.env.openwebui'), 'OPENAI_API_KEY')).toBe(key)

  const kept = stack.file('.env.litellm')
  expect((await stack.run('init')).stdout).toContain('all .env files are there and up to date')
  expect(stack.file('.env.litellm')).toBe(kept)

  stack.write('.env.daemon', 'LITELLM_ENDPOINT=http://mine:1\n')
  rmSync(join(stack.c2a.home, 'stack', '.env.openwebui'))
  const second = await stack.run('init')
  expect(second.stdout).toMatch(/\.env\.daemon: added C2A_DATABASE_URL, LITELLM_API_KEY, /)
  expect(second.stdout).toContain('.env.openwebui: made')
  expect(stack.file('.env.daemon')).toMatch(/^LITELLM_ENDPOINT=http:\/\/mine:1\n/)
  expect(setTo(stack.file('.env.daemon'), 'LITELLM_API_KEY')).toBe(key)
  expect(setTo(stack.file('.env.openwebui'), 'OPENAI_API_KEY')).toBe(key)
  expect(`${first.stdout}${second.stdout}`).not.toContain(key)
})

describe('with a container engine', () => {
  const containers = [
    { Service: 'daemon', State: 'running', Health: 'healthy', Image: 'c2a-daemon' },
    { Service: 'redis', State: 'running', Health: 'healthy', Image: 'redis:7.4.11-alpine' },
  ]
  const docker = (calls: string): string => `
    require('node:fs').appendFileSync(${JSON.stringify(calls)}, JSON.stringify(args) + '\\n')
    if (args.includes('version')) console.log('2.40.1')
    if (args.includes('ps')) console.log(${JSON.stringify(JSON.stringify(containers))})
    if (args.includes('logs')) console.log('redis-1 | ready')
    console.error('docker says something')
    if (args.includes('broken')) process.exit(7)`

  async function createComposed() {
    const stack = await createStack()
    const calls = join(stack.c2a.home, 'calls')
    stack.programs.add('docker', docker(calls))
    /** Those that do something, without what leads to the compose file. */
    const took = (): string[] => {
      const directory = join(stack.c2a.home, 'stack')
      const file = `compose --project-directory ${directory} --file ${directory}/docker-compose.yml `
      const lines = readFileSync(calls, 'utf8').trimEnd().split('\n')
      rmSync(calls)
      const all = lines.map((line) => JSON.parse(line).join(' '))
      return all.filter((call) => call.startsWith(file)).map((call) => call.slice(file.length))
    }
    return { ...stack, took }
  }

  test('up, status, restart, logs and down are the work of compose; clients know the daemon meanwhile', async () => {
    const { c2a, run, took, file } = await createComposed()
    writeFileSync(join(c2a.home, 'config.json'), '{"url": "http://old:1", "model": "m"}')
    const up = await run('up', '--profile', 'tls', 'openwebui')
    expect(up).toMatchObject({ code: 0 })
    expect(up.stderr).toContain('c2a: using docker compose 2.40.1')
    expect(up.stdout).toMatch(/^daemon\twell\t.*\nredis\twell\t7.4.11-alpine\t/)
    // The image's own files are there, as its Dockerfile names them.
    for (const name of file('Dockerfile').match(/(?<=^COPY )\S+/gm) ?? expect.fail()) {
      expect(existsSync(join(c2a.home, 'stack', name)), name).toBe(true)
    }
    const ps = '--profile * ps --all --format json'
    expect(took()).toEqual(['--profile tls --profile openwebui up --detach --wait --build', ps])
    const token = setTo(file('.env.daemon'), 'C2A_ADMIN_TOKEN')
    const config = () => JSON.parse(readFileSync(join(c2a.home, 'config.json'), 'utf8'))
    expect(config()).toEqual({ url: 'http://127.0.0.1:3001', token, model: 'm' })
    expect(`${up.stdout}${up.stderr}`).not.toContain(token)

    const status = await run('status', '--json')
    expect(status.code).toBe(0)
    expect(JSON.parse(status.stdout)).toMatchObject({
      mode: 'compose',
      parts: [{ name: 'daemon', state: 'well' }, { name: 'redis' }],
    })
    expect((await run('logs', 'redis', '-f', '-n', '5')).stdout).toBe('redis-1 | ready\n')
    expect((await run('restart', 'redis')).code).toBe(0)
    expect((await run('down', '--force')).code).toBe(0)
    expect(took()).toEqual([
      ...[ps, 'logs --tail 5 --follow redis'],
      ...['up --detach --wait --force-recreate --no-deps redis', ps],
      '--profile * down --timeout 0',
    ])
    expect(config()).toEqual({ url: 'http://old:1', model: 'm' })
  })

  test('a gateway elsewhere needs no LiteLLM here, and what compose refuses is a failure', async () => {
    const { run, took, write, file } = await createComposed()
    await run('init')
    write(
      '.env.daemon',
      file('.env.daemon').replace('http://litellm:4000', 'https://llm.example.com'),
    )
    await run('up')
    expect(took()[0]).toBe('up --detach --wait --build --scale litellm=0 --scale redis=0')
    const failed = await run('restart', 'broken')
    expect(failed).toMatchObject({ code: 1 })
    expect(failed.stderr).toMatch(/docker says something\n.*docker compose up failed \(7\)/)
  })

  test('an engine that does not answer: a line with the way out, and local processes', async () => {
    const { run, programs, c2a } = await createStack()
    programs.add('docker', "if (args[0] === 'info') process.exit(1); console.log('2.40.1')")
    const up = await run('up')
    expect(up.stderr).toMatch(
      /^c2a: using local processes, since docker is there, but its engine does not answer\. Start it/m,
    )
    expect(up.code).toBe(0)
    expect(c2a.daemon()).toMatchObject({ personal: false })
  })
})

describe('as local processes', () => {
  /** It answers as LiteLLM does while it lives, and writes down what it was given. */
  const litellm = (version: string): string => `
    const fs = require('node:fs')
    if (args.includes('--version')) { console.log('LiteLLM: Current Version = ${version}'); process.exit() }
    console.log('began ' + JSON.stringify({ args, mode: process.env.LITELLM_MODE, pid: process.pid }))
    const hangs = process.env.HANGS === 'yes'
    if (hangs) process.on('SIGTERM', () => console.log('hanging'))
    const key = 'Bearer ' + process.env.LITELLM_MASTER_KEY
    require('node:http').createServer((request, response) => {
      const open = request.url.startsWith('/health')
      response.statusCode = open || request.headers.authorization === key ? 200 : 401
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ data: [{ id: 'tiny', model_name: 'tiny', model_info: { mode: 'chat' } }] }))
    }).listen(Number(args[args.indexOf('--port') + 1]), '127.0.0.1')`

  async function createLocal() {
    const stack = await createStack()
    stack.programs.add('litellm', litellm('1.106.2'))
    await stack.run('init')
    const more = `PORT=${await freePort()}\n`
    stack.write('.env.litellm', `${stack.file('.env.litellm')}${more}`)
    const record = (): { pid: number; address: string } =>
      JSON.parse(readFileSync(join(stack.c2a.home, 'services', 'litellm.json'), 'utf8'))
    return { ...stack, record }
  }

  test('up starts what is there and names what is missing; again it starts only what died or changed', async () => {
    const { c2a, run, record, write, file } = await createLocal()
    const first = await run('up')
    expect(first).toMatchObject({ code: 0 })
    expect(first.stderr).toMatch(/since no container engine is installed\. Docker with/)
    expect(first.stderr).toMatch(/redis-server is not installed: LiteLLM has no cache\. .*apt-get/)
    expect(first.stdout).toMatch(/^redis\tmissing\t/m)
    expect(first.stdout).toMatch(/^litellm\twell\t1\.106\.2\t\d+\thttp:\/\/127\.0\.0\.1:\d+\t/m)
    expect(await c2a.run(['models'])).toMatchObject({ stdout: expect.stringMatching(/^tiny\t/) })
    const [litellm, daemon] = [record().pid, c2a.daemon()?.pid]

    const second = await run('up')
    expect(second.stderr).toMatch(/LiteLLM runs already\nc2a: the daemon runs already\n$/)
    expect([record().pid, c2a.daemon()?.pid]).toEqual([litellm, daemon])

    process.kill(litellm, 'SIGKILL')
    expect((await run('status')).code).toBe(3)
    await run('up')
    expect(record().pid).not.toBe(litellm)
    expect(c2a.daemon()?.pid).toBe(daemon)
    expect((await run('status')).code).toBe(0)

    write('.env.litellm', `${file('.env.litellm')}OPENAI_API_KEY=sk-new\n`)
    const changed = await run('up')
    expect(changed.stderr).toContain('LiteLLM gets new settings')
    const restarted = await run('restart', 'daemon')
    expect(restarted.stderr).toMatch(/LiteLLM runs already\nc2a: the daemon is well/)
    expect(c2a.daemon()?.pid).not.toBe(daemon)
    expect((await run('restart', 'nonsense')).stderr).toContain(
      'It has postgres, redis, litellm, daemon',
    )

    const logs = await run('logs', 'litellm', '-n', '1')
    expect(logs.stdout).toMatch(/^began .*--num_workers.*"mode":"PRODUCTION"/)
    expect((await run('logs')).stdout).toMatch(/^litellm \| began [\s\S]*^daemon {2}\| \{/m)

    const { pid } = record()
    expect((await run('down')).stdout).toBe('stopped: daemon, litellm\n')
    expect([processStart(pid), c2a.daemon()]).toEqual([undefined, undefined])
    expect((await run('down')).stdout).toBe('nothing of it was running\n')
  })

  test('down leaves a process alone that only has the number of one of ours', async () => {
    const { c2a, run } = await createLocal()
    const other = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' })
    onTestFinished(() => void other.kill('SIGKILL'))
    mkdirSync(join(c2a.home, 'services'), { recursive: true })
    const old = {
      pid: other.pid,
      start: 'another boot:1',
      address: 'x',
      port: 1,
      started_at: '',
      of: 'x',
    }
    writeFileSync(join(c2a.home, 'services', 'litellm.json'), JSON.stringify(old))
    expect((await run('down', '--force')).stdout).toBe('nothing of it was running\n')
    expect(processStart(other.pid ?? 0)).toBeDefined()
  })

  test('down --force kills what hangs, and a daemon that somebody runs by hand stays', async () => {
    const { c2a, run, record, write, file } = await createLocal()
    write('.env.litellm', `${file('.env.litellm')}HANGS=yes\n`)
    await run('up')
    const { pid } = record()
    expect((await run('down', '--force')).stdout).toBe('stopped: daemon, litellm\n')
    expect(processStart(pid)).toBeUndefined()

    const byHand = c2a.spawn(['daemon', 'run'])
    await expect.poll(() => c2a.daemon()?.pid, { timeout: 20_000 }).toBe(byHand.pid)
    const up = await run('up')
    expect(up).toMatchObject({ code: 2 })
    expect(up.stderr).toContain(
      `a daemon that c2a daemon run started is here already (pid ${byHand.pid})`,
    )
    expect((await run('down')).stdout).toBe('nothing of it was running\n')
    expect(c2a.daemon()?.pid).toBe(byHand.pid)
  })

  test('one that ends at its start is told with the end of its log, and leaves no record', async () => {
    const { c2a, run, programs } = await createLocal()
    programs.add(
      'litellm',
      "console.log(args.includes('--version') ? '1.106.2' : 'no such row'); process.exit(9)",
    )
    const up = await run('up')
    expect(up).toMatchObject({ code: 1 })
    expect(up.stderr).toMatch(
      /LiteLLM ended at its start\n +Its log is .*litellm\.log; .*\n.*no such row/,
    )
    expect(existsSync(join(c2a.home, 'services', 'litellm.json'))).toBe(false)
  })

  test('a withdrawn LiteLLM is passed over for the pinned one of uvx', async () => {
    const { c2a, run, programs, record } = await createLocal()
    programs.add('litellm', litellm('1.82.7'))
    const elsewhere = makePrograms()
    elsewhere.add('litellm', litellm('1.106.2'))
    const calls = join(c2a.home, 'uvx')
    const path = join(elsewhere.path, 'litellm')
    programs.add(
      'uvx',
      `require('node:fs').writeFileSync('${calls}', args.join(' ')); console.log('${path}')`,
    )
    const up = await run('up')
    expect(up.stderr).toContain('is 1.82.7, never run that; another one is taken')
    expect(up.stdout).toMatch(/^litellm\twell\t1\.106\.2\t/m)
    expect(readFileSync(calls, 'utf8')).toMatch(
      /--from litellm==1\.106\.2 --with-requirements \S+\/litellm\/requirements\.lock python/,
    )
    // Not the launcher's: what is signalled is LiteLLM itself.
    const log = readFileSync(join(c2a.home, 'services', 'litellm.log'), 'utf8')
    expect(log).toContain(`"pid":${record().pid}}`)
  })

  test('where nothing can run LiteLLM a line says which Python is needed, and the daemon is well', async () => {
    const { c2a, run, programs } = await createLocal()
    programs.add('litellm', litellm('1.82.7'))
    programs.link('bash', 'basename', 'dirname', 'mkdir')
    programs.add('uvx', "console.error('uvx has no network'); process.exit(2)")
    const up = await run('up')
    expect(up.stderr).toContain('uvx has no network')
    expect(up.stderr).toMatch(/^c2a: this needs Python 3\.11 to 3\.14 .* Or install uv/m)
    expect(up.code).toBe(0)
    expect(c2a.daemon()).toBeDefined()
    const model = await run('up', '--local-model')
    expect(model).toMatchObject({ code: 2 })
    expect(model.stderr).toMatch(/^c2a: this needs Python 3\.11 to 3\.14/m)
  })
})
