import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { processStart } from '../../shared/process-start.js'
import { freePort } from '../service/litellm.js'
import { canBeAnother, listenAsAnother } from '../support/another-user.js'
import { makePrograms } from '../support/programs.js'
import { createStack } from '../support/stack.js'

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
    const ofDaemon = await c2a.run(['daemon', 'logs', '-n', '1'])
    expect(ofDaemon).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\{"level"/) })

    const { pid } = record()
    expect((await run('down')).stdout).toBe('stopped: daemon, litellm\n')
    expect([processStart(pid), c2a.daemon()]).toEqual([undefined, undefined])
    expect((await run('down')).stdout).toBe('nothing of it was running\n')
  })

  test('a daemon that a client starts, when the one of the stack died, has the settings of the stack until down', async () => {
    const { c2a, run, record, write, file } = await createLocal()
    // As in a shell of today: nothing but config.json says where the gateway is.
    const here = (...args: string[]) => c2a.run(args, { env: { LITELLM_ENDPOINT: undefined } })
    await here('config', 'set', 'gateway.url', 'http://127.0.0.1:9/of-before')
    const empty = file('.env.daemon').replace(/^C2A_MODEL=.*$/m, '')
    write('.env.daemon', `${empty}C2A_MODEL=tiny\n`)
    await run('up')
    const daemon = c2a.daemon()?.pid ?? 0
    process.kill(daemon, 'SIGKILL')
    await expect.poll(() => processStart(daemon)).toBeUndefined()

    expect(await here('models')).toMatchObject({ stdout: expect.stringMatching(/^tiny\t/) })
    expect(c2a.daemon()?.pid).not.toBe(daemon)
    const doctor = await here('doctor')
    expect(doctor.stdout).toMatch(/^ok +Daemon .*with our settings$/m)
    expect(doctor.stdout).toMatch(/^ok +Gateway .*key accepted/m)
    expect((await here('config', 'get', 'model')).stdout).toBe('tiny\n')

    // A line that is gone from the file is gone from the settings.
    write('.env.daemon', empty)
    await run('up')
    expect((await here('config', 'get', 'model')).stdout).toBe('')
    expect((await here('config', 'get', 'gateway.url')).stdout).toBe(`${record().address}\n`)
    expect((await here('doctor')).stdout).toMatch(/^ok +Daemon .*with our settings$/m)
    // What somebody sets is his, also where it is what the stack has set.
    await here('config', 'set', 'daemon.log_level', 'info')
    const ofStack = c2a.daemon()?.pid ?? 0
    process.kill(ofStack, 'SIGKILL')
    await expect.poll(() => processStart(ofStack)).toBeUndefined()
    expect((await here('models')).code).toBe(0)
    const own = c2a.daemon()?.pid
    const down = await run('down')
    expect(down.stdout).toBe('stopped: litellm\n')
    expect(down.stderr).toBe(
      `c2a: a daemon that a client started still runs (pid ${own}); c2a daemon stop ends it\n`,
    )
    expect((await here('daemon', 'stop')).code).toBe(0)
    expect((await run('down')).stderr).toBe('')
    const kept = JSON.parse(readFileSync(join(c2a.home, 'config.json'), 'utf8'))
    const before = { url: 'http://127.0.0.1:9/of-before' }
    expect(kept).toEqual({ gateway: before, daemon: { log_level: 'info' } })
  })

  test.runIf(canBeAnother)(
    'whoever takes the port of a LiteLLM that died is not asked',
    async () => {
      const { c2a, run, record } = await createLocal()
      await run('up')
      const { pid, address } = record()
      process.kill(pid, 'SIGKILL')
      await expect.poll(() => processStart(pid)).toBeUndefined()
      const other = await listenAsAnother({ port: Number(new URL(address).port) })
      const asked = await c2a.run(['ask', '-m', 'tiny', 'a secret'])
      expect(asked).toMatchObject({ code: 6, stdout: '' })
      expect(asked.stderr).toContain(`at ${address} a process of another user (uid 65534) listens`)
      expect(asked.stderr).toContain('c2a stack up')
      expect((await run('up')).stdout).toMatch(/^litellm\twell\t/m)
      expect(record().address).not.toBe(address)
      expect(await c2a.run(['models'])).toMatchObject({ stdout: expect.stringMatching(/^tiny\t/) })
      expect(other.heard).toEqual([])
    },
  )

  test.each([
    ['a word', 'lots'],
    ['lines of its own', '"1mb\nloadmodule /tmp/x.so"'],
    ['less than nothing', '-1'],
  ])(
    'Redis is not started with %s as REDIS_MAXMEMORY, and the line says what it takes',
    async (_what, memory) => {
      const { run, programs, write, file } = await createLocal()
      programs.add('redis-server', "console.log('v=7.0.0'); process.exit(9)")
      const without = file('.env.redis').replace(/^REDIS_MAXMEMORY=.*$/m, '')
      write('.env.redis', `${without}REDIS_MAXMEMORY=${memory}\n`)
      const up = await run('up')
      expect(up).toMatchObject({ code: 0 })
      expect(up.stderr).toMatch(/REDIS_MAXMEMORY in \.env\.redis is no amount of memory\. .*256mb/)
      expect(up.stdout).toMatch(/^litellm\twell\t/m)
    },
  )

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
    const down = await run('down')
    expect(down.stdout).toBe('nothing of it was running\n')
    expect(down.stderr).toContain(
      `a daemon that c2a daemon run started still runs (pid ${byHand.pid}); c2a daemon stop ends it`,
    )
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
    expect(up.stderr).toMatch(/^c2a: this needs Python 3\.10 to 3\.14 .* Or install uv/m)
    expect(up.code).toBe(0)
    expect(c2a.daemon()).toBeDefined()
    const model = await run('up', '--local-model')
    expect(model).toMatchObject({ code: 2 })
    expect(model.stderr).toMatch(/^c2a: this needs Python 3\.10 to 3\.14/m)
  })
})
