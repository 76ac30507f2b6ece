import { readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { startUpstream } from '../fakes/upstream/upstream.js'
import { createStack, type Stack, setTo } from '../support/stack.js'
import { openTerminal } from '../support/terminal.js'

/** A stack in front of a gateway that is elsewhere: what is to be started is the daemon alone. */
async function createLocal(): Promise<Stack> {
  const stack = await createStack()
  const upstream = await startUpstream({ litellm: true })
  onTestFinished(() => upstream.close())
  await stack.run('init')
  stack.write(
    '.env.daemon',
    stack.file('.env.daemon').replace(/^LITELLM_ENDPOINT=.*$/m, `LITELLM_ENDPOINT=${upstream.url}`),
  )
  return stack
}

const down = /^c2a: the stack's daemon does not run\n +c2a stack up starts it/

test('what people said in one stack is theirs in another', async () => {
  const from = await createLocal()
  const path = join(from.c2a.home, 'all.jsonl.gz')
  expect((await from.run('up', '--local')).code).toBe(0)
  const socket = `unix:${from.c2a.daemon()?.socket}`
  const as = (token: string) => ({ env: { C2A_URL: socket, C2A_TOKEN: token.trim() } })
  const bob = as((await from.c2a.run(['token', 'create', 'bob'])).stdout)
  expect((await from.c2a.run(['ask', '-m', 'ok', 'of bob'], bob)).code).toBe(0)
  await from.c2a.run(['ask', '-m', 'ok', 'of local'])
  const made = await from.run('backup', path)
  expect(made).toMatchObject({ code: 0, stdout: '' })
  expect(made.stderr).toMatch(
    /^c2a: exported 2 sessions, 4 messages, 0 roles, 1 person to .*all\.jsonl\.gz \(/,
  )
  const text = gunzipSync(readFileSync(path)).toString()
  expect((await from.run('backup', '-')).stdout.split('\n').slice(1)).toEqual(
    text
      .split('\n')
      .slice(1)
      .map((line) => (line.includes('"type":"end"') ? expect.anything() : line)),
  )
  const terminal = openTerminal(from.c2a, ['stack', 'backup', '-'])
  expect(await terminal.exit).toBe(2)
  expect(terminal.screen()).toContain('a backup is not for a terminal')

  const to = await createLocal()
  await to.run('up', '--local')
  const restored = await to.run('restore', path)
  expect(restored).toMatchObject({ code: 0, stdout: '' })
  expect(restored.stderr).toBe(
    'c2a: imported 2 sessions (2 new), 4 messages (4 new), 1 person (1 new)\n',
  )
  const again = await to.run('restore', path, '--json')
  expect(JSON.parse(again.stdout)).toMatchObject({ people: { kept: 1 }, sessions: { kept: 2 } })
  const next = await to.c2a.run(['token', 'create', 'Bob'])
  expect(next.stderr).toContain(
    'bob came with an import: this token opens the sessions of that name',
  )
  const there = {
    env: { C2A_URL: `unix:${to.c2a.daemon()?.socket}`, C2A_TOKEN: next.stdout.trim() },
  }
  expect((await to.c2a.run(['sessions', 'list'], there)).stdout).toContain('\tof bob\t')
})

test('nothing is started for it: neither where the stack is down, nor where another daemon runs', async () => {
  const { c2a, run } = await createLocal()
  const path = join(c2a.home, 'f')
  for (const args of [
    ['backup', path],
    ['restore', path],
  ]) {
    const refused = await run(...args)
    expect(refused).toMatchObject({ code: 3, stdout: '' })
    expect(refused.stderr).toMatch(down)
    expect(c2a.daemon()).toBeUndefined()
  }
  // It may have another database than the stack's.
  await c2a.run(['daemon', 'start'])
  expect((await run('backup', path)).stderr).toMatch(down)
  await run('up', '--local')
  expect((await run('backup', path)).code).toBe(0)
  await run('down')
  expect((await run('backup', path)).stderr).toMatch(down)
  expect(c2a.daemon()).toBeUndefined()
})

/** Undefined: the port is somebody else's. */
function listenAt(server: Server, port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

test('in containers it is the published daemon, with the token of .env.daemon', async ({
  skip,
}) => {
  const stack = await createStack()
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.url} ${request.headers.authorization}`)
    request.resume()
    response.setHeader('content-type', 'application/json')
    request.on('end', () => response.end('{}'))
  })
  if ((await listenAt(server, 3001)) === undefined) skip('port 3001 is taken here')
  onTestFinished(() => server.closeAllConnections())
  onTestFinished(() => void server.close())
  stack.programs.add(
    'docker',
    "if (args.includes('version')) console.log('2.40.1'); if (args.includes('ps')) console.log('[]')",
  )
  await stack.run('up')
  const token = setTo(stack.file('.env.daemon'), 'C2A_ADMIN_TOKEN')
  const env = { C2A_STACK_DIR: join(stack.c2a.home, 'stack'), C2A_URL: 'http://127.0.0.1:9' }
  const path = join(stack.c2a.home, 'f')
  await stack.c2a.run(['stack', 'backup', path], { env })
  expect(seen).toEqual([`/api/health Bearer ${token}`, `/api/export?all=1 Bearer ${token}`])

  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  const stopped = await stack.run('backup', path)
  expect(stopped.code).toBe(3)
  expect(stopped.stderr).toMatch(down)
  rmSync(join(stack.c2a.home, 'stack', '.env.daemon'))
  const unknown = await stack.run('backup', path)
  expect(unknown).toMatchObject({ code: 4 })
  expect(unknown.stderr).toContain('.env.daemon has no C2A_ADMIN_TOKEN')
})
