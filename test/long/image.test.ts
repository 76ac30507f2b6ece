import { execFile, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { readDockerfile, type Stage } from '../stack/dockerfile.js'
import { createTestDatabase } from '../support/database.js'
import { packageRoot } from '../support/managed-postgres.js'
import { temporaryDirectory } from '../support/scripts.js'

/*
 * The Dockerfile's steps in plain directories. What is not here: `npm ci`, which CI runs in a fresh clone,
 * and the base image.
 */

const run = promisify(execFile)

/** Does what a stage's COPY lines say, without the modules that `npm ci` brings. */
function assemble({ copies }: Stage, from: string, to: string): void {
  for (const { sources, target } of copies) {
    for (const source of sources) {
      const path = join(from, source.replace(/^\/app\//, ''))
      cpSync(path, target === './' ? join(to, source.replace(/^.*\//, '')) : join(to, target), {
        recursive: true,
      })
    }
  }
}

function everyFile(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

test('the build stage has every source, and the last one runs with node alone', async () => {
  const [build, last] = readDockerfile()
  if (build === undefined || last === undefined) throw new Error('the Dockerfile has two stages')
  // Within the checkout, so that the build finds what it is built with.
  const buildDirectory = mkdtempSync(join(packageRoot, 'dist', 'image-'))
  onTestFinished(() => rmSync(buildDirectory, { recursive: true }))
  assemble(build, packageRoot, buildDirectory)
  // Most of it is found by looking upwards; these the build names by their place.
  for (const name of ['ink', 'string-width']) {
    const place = join('node_modules', name)
    cpSync(join(packageRoot, place), join(buildDirectory, place), { recursive: true })
  }
  expect(build.run[0]).toMatch(/^npm ci /)
  await run('sh', ['-c', build.run[1] ?? ''], { cwd: buildDirectory })
  const built = (directory: string) => readFileSync(join(directory, 'dist', 'build.json'), 'utf8')
  expect(built(buildDirectory)).toBe(built(packageRoot))

  const app = temporaryDirectory()
  assemble(last, buildDirectory, app)
  expect(existsSync(join(app, 'node_modules')) || existsSync(join(app, 'scripts'))).toBe(false)
  expect(last.user).toBe('node')

  const home = join(temporaryDirectory(), 'home')
  mkdirSync(home, { mode: 0o700 })
  const database = await createTestDatabase()
  const env = {
    PATH: process.env['PATH'],
    ...last.env,
    C2A_HOME: home,
    C2A_DATABASE_URL: database.url,
    // As docker-compose.yml has it, at a port that is free.
    C2A_LISTEN: '0.0.0.0:0',
    C2A_BEHIND_TLS_PROXY: '1',
    C2A_ADMIN_TOKEN: 'c2a_admin_secret',
    C2A_ALLOWED_HOSTS: 'daemon',
  }
  const [program = '', ...args] = [...last.entrypoint, ...last.cmd].map((word) =>
    word.replace(/^\/app\//, `${app}/`),
  )
  const files = everyFile(app)
  const child = spawn(program, args, { env, cwd: app, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stderr })[Symbol.asyncIterator]()
  let ready = ''
  while (!ready.includes('the daemon is ready')) {
    const { done, value } = await lines.next()
    if (done === true) throw new Error(`the daemon ended early: ${ready}`)
    ready = value
  }

  const [check = '', ...checked] = last.healthcheck ?? []
  const healthy = () =>
    new Promise((resolve) => spawn(check, checked, { env }).once('exit', resolve))
  expect(await healthy()).toBe(0)
  const url = `http://127.0.0.1:${JSON.parse(ready).listen.split(':').at(-1)}`
  const health = await fetch(`${url}/api/health`)
  expect([health.status, await health.json()]).toMatchObject([200, { status: 'OK' }])
  const sessions = await fetch(`${url}/api/sessions`, {
    headers: { authorization: 'Bearer c2a_admin_secret' },
  })
  expect([sessions.status, await sessions.json()]).toEqual([200, []])

  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(await healthy()).toBe(1)
  // Nothing that it could not do without on a root that is read-only: only code that Node had compiled.
  expect(everyFile(app).filter((file) => !/\.cache(\/|$)/.test(file))).toEqual(files)
})
