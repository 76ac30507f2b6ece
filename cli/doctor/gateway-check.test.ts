import { expect, test } from 'vitest'
import { gatewayFinding } from './gateway-check.js'

const litellm: Parameters<typeof gatewayFinding>[0] = {
  ...{ reachable: true, kind: 'litellm', url: 'http://h:4000', version: '1.106.2' },
  has_key: true,
}

test.each([
  [litellm, 3, 'http://h:4000, LiteLLM 1.106.2, key accepted, 3 models'],
  [{ ...litellm, has_key: false }, 1, /no key set, and none asked for, 1 model$/],
  [
    { reachable: true, kind: 'generic', url: 'http://h', has_key: true } as typeof litellm,
    undefined,
    /OpenAI-compatible, key/,
  ],
])('a gateway that is well: %j', (gateway, models, detail) => {
  const found = gatewayFinding(gateway, models)
  expect(found).toEqual({ status: 'ok', detail: expect.stringMatching(detail) })
})

test('one that lists its models late is well enough to be asked, and the line says what to do', () => {
  const slow = { ...litellm, slow: true }
  const never = gatewayFinding(slow, undefined)
  expect(never.status).toBe('warn')
  expect(never.detail).toMatch(
    /^http:..h:4000, LiteLLM 1\.106\.2: it answers, but did not list its models in time$/,
  )
  expect(never.fix).toContain('c2a config set time.catalogue_timeout_ms')
  expect(gatewayFinding(slow, 3)).toMatchObject({
    status: 'warn',
    detail: expect.stringMatching(/late: 3 models$/),
  })
})

test.each(['1.82.7', '1.82.8', '1.107.0', 'v1.107.0'])('LiteLLM %s was withdrawn', (version) => {
  const found = gatewayFinding({ ...litellm, version }, 3)
  expect(found).toMatchObject({ status: 'warn', fix: expect.stringContaining('another version') })
})

test.each(['1.82.6', '1.107.1', '11.82.7'])('LiteLLM %s was not', (version) => {
  expect(gatewayFinding({ ...litellm, version }, 3).status).toBe('ok')
})

test('what is refused without a key says that there is none, and no address is told twice', () => {
  const keyless = { ...litellm, has_key: false, problem: 'No api key passed in.' }
  expect(gatewayFinding(keyless, undefined).detail).toBe(
    'http://h:4000, LiteLLM 1.106.2, no key set: No api key passed in.',
  )
  const kind = 'generic' as const
  const page = { ...litellm, kind, problem: 'http://h:4000 gave no list of models' }
  expect(gatewayFinding(page, undefined).detail).toBe('http://h:4000 gave no list of models')
})

test('a refused key and a gateway that is away fail, with the way out', () => {
  const refused = { ...litellm, problem: 'Invalid proxy server token', hint: 'Set the right key' }
  expect(gatewayFinding(refused, undefined)).toMatchObject({
    status: 'fail',
    detail: expect.stringContaining('Invalid proxy'),
    fix: 'Set the right key',
  })
  const away = { ...litellm, reachable: false, problem: 'nothing there', hint: 'Is it running?' }
  expect(gatewayFinding(away, undefined)).toMatchObject({
    status: 'fail',
    detail: expect.stringMatching(/^nothing there; only offline\/demo/),
    fix: 'Is it running?',
  })
})
