import { request } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { startUpstream } from '../fakes/upstream/upstream.js'
import { createC2a } from '../support/c2a.js'
import { runHeadless } from '../support/headless.js'

const canary = {
  key: 'sk-canary-of-the-gateway-key',
  admin: 'canary-of-the-admin-token-0123456789',
  wrong: 'canary-of-a-wrong-token-0123456789',
  question: 'canary of a question',
  title: 'canary of a title',
}

/** Its status, whatever it is. */
function get(url: string, token: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { authorization: `Bearer ${token}` } }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    })
    asked.on('error', reject).end()
  })
}

test('the log of daemon run is JSON lines on stderr, with ids and without words or secrets', async () => {
  const upstream = await startUpstream({ litellm: true, key: canary.key })
  onTestFinished(() => upstream.close())
  const c2a = await createC2a({
    gateway: upstream.url,
    env: { LITELLM_API_KEY: canary.key, C2A_ADMIN_TOKEN: canary.admin, C2A_LOG_LEVEL: 'debug' },
  })
  const daemon = await runHeadless(c2a)
  const remote = { C2A_URL: daemon.url, C2A_TOKEN: canary.admin }
  const ask = (model: string) => c2a.run(['ask', '-m', model, canary.question], { env: remote })
  expect((await ask('echo')).stdout).toContain(canary.question)
  expect((await ask('status-429')).code).toBe(6)
  const [session] = JSON.parse(
    (await c2a.run(['sessions', 'list', '--json'], { env: remote })).stdout,
  )
  const named = await c2a.run(['sessions', 'edit', session.id, '--title', canary.title], {
    env: remote,
  })
  expect(named.code).toBe(0)
  expect(
    await get(`${daemon.url}/api/sessions?q=${canary.title.replaceAll(' ', '+')}`, canary.wrong),
  ).toBe(401)

  const { stdout, stderr, code } = await daemon.stop()
  expect(code).toBe(0)
  expect(stdout).toBe('')
  const lines = stderr.trim().split('\n')
  const entries = lines.map((line) => JSON.parse(line))
  for (const entry of entries) {
    expect(['debug', 'info', 'warn', 'error']).toContain(entry.level)
    expect(new Date(entry.time).toISOString()).toBe(entry.time)
    expect(entry.msg).toEqual(expect.any(String))
  }
  for (const word of [...Object.values(canary), daemon.token, 'canary', 'You said']) {
    expect(stderr).not.toContain(word)
  }
  expect(entries.at(-1).msg).toBe('the daemon has stopped')
  const failed = entries.find((entry) => entry.msg === 'a turn ended' && entry.code !== undefined)
  expect(failed).toMatchObject({ level: 'info', code: 'rate_limited', status: 'failed' })
  const refused = entries.find((entry) => entry.status === 401)
  expect(refused).toMatchObject({ level: 'debug', route: '/api/sessions', msg: 'a request' })
  expect(refused.requestId).toMatch(/^[0-9a-f-]{36}$/)
})

test('status and logs say of a daemon in the foreground what is true of it', async () => {
  const c2a = await createC2a()
  const daemon = await runHeadless(c2a, { C2A_MODEL: 'only-there' })
  const status = await c2a.run(['daemon', 'status'])
  expect(status.code).toBe(0)
  expect(status.stdout).toContain(`running, pid ${daemon.pid}`)
  // No command renews it, whatever its settings are.
  expect(status.stdout).not.toContain('renewed')
  expect(status.stdout).toMatch(/^log +its stderr/m)
  const logs = await c2a.run(['daemon', 'logs'])
  expect(logs.code).toBe(2)
  expect(logs.stderr).toContain('journalctl -u c2a')
})
