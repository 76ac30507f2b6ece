import { execFile } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { processStart } from '../../shared/process-start.js'
import { createHome, type Home } from '../service/home.js'
import { freePort } from '../service/litellm.js'
import { packageRoot } from '../support/managed-postgres.js'

/* What somebody with neither key nor gateway does. The model is installed here, as it is for him. */

let home: Home

beforeAll(async () => {
  home = createHome({})
  const { stdout } = await promisify(execFile)(join(packageRoot, 'scripts/litellm.sh'))
  const bin = join(home.home, 'bin')
  mkdirSync(bin)
  symlinkSync(stdout.trim().split('\n').at(-1) ?? '', join(bin, 'litellm'))
  await stack('init')
  const file = join(home.home, 'stack', '.env.litellm')
  appendFileSync(file, `PORT=${await freePort()}\n`)
})

afterAll(async () => {
  if (home !== undefined) await stack('down', '--force')
  await home?.dispose()
})

const stack = (...args: string[]) =>
  home.run(['stack', ...args], {
    env: {
      C2A_STACK_DIR: join(home.home, 'stack'),
      PATH: `${join(home.home, 'bin')}:${process.env['PATH']}`,
    },
  })

const pidOf = (part: string): number =>
  JSON.parse(readFileSync(join(home.home, 'services', `${part}.json`), 'utf8')).pid

test('up --local-model installs a model that answers, and a second up only starts it', async () => {
  const first = await stack('up', '--local-model')
  expect(first).toMatchObject({ code: 0 })
  expect(first.stderr).toContain('installing litellm/local-model.lock into')
  expect(first.stdout).toMatch(/^model\twell\tSmolLM2-135M-Instruct\t/m)

  const { stdout, code } = await home.run(['ask', '--json', 'Name one colour.'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ model: 'local', answer: expect.stringMatching(/\w/) })

  const pids = ['model', 'litellm', 'daemon'].map(pidOf)
  expect((await stack('down')).stdout).toMatch(/^stopped: daemon, litellm, model(, redis)?\n$/)
  expect(pids.map(processStart)).toEqual([undefined, undefined, undefined])
  expect((await home.run(['config', 'get', 'model'])).code).toBe(5)

  const second = await stack('up')
  expect(second).toMatchObject({ code: 0 })
  expect(second.stderr).not.toContain('installing')
  expect(second.stdout).toMatch(/^model\twell\t/m)
  expect((await home.run(['config', 'get', 'model'])).stdout).toBe('local\n')
})
