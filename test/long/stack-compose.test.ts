import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createStack, setTo } from '../support/stack.js'

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
