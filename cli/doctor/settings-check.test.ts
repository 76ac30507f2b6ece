import { expect, test } from 'vitest'
import type { ConfigFile, Environment } from '../../shared/settings.js'
import { settingsFinding } from './settings-check.js'

const key = 'sk-a-key-that-nobody-sees'

test('it says which settings come from where', () => {
  expect(settingsFinding({ env: {}, file: {} })).toEqual({
    status: 'ok',
    detail: 'all at their defaults',
  })
  const env = { LITELLM_API_KEY: key, C2A_MODEL: 'gpt' }
  const file = { gateway: { url: 'http://h:4000' }, model: 'gpt', daemon: { allowed_hosts: ['a'] } }
  expect(settingsFinding({ env, file })).toEqual({
    status: 'ok',
    detail:
      'from config.json: gateway.url, daemon.allowed_hosts; from the environment: LITELLM_API_KEY, C2A_MODEL',
  })
})

test.each<[string, Environment, ConfigFile, string, RegExp, RegExp]>([
  [
    'another URL in the environment',
    { LITELLM_ENDPOINT: 'http://a' },
    { gateway: { url: 'http://b' } },
    'warn',
    /^LITELLM_ENDPOINT \(http:\/\/a\) in the environment wins over gateway\.url in config\.json \(http:\/\/b\)/,
    /: unset LITELLM_ENDPOINT, or c2a config unset gateway\.url$/,
  ],
  [
    'another key in the environment',
    { LITELLM_API_KEY: key },
    { gateway: { key: `${key}-2` } },
    'warn',
    /^LITELLM_API_KEY in the environment wins over gateway\.key in config\.json;/,
    /unset LITELLM_API_KEY/,
  ],
  [
    'a bad value',
    { C2A_LOG_LEVEL: 'loud' },
    {},
    'fail',
    /C2A_LOG_LEVEL: "loud" is/,
    /^unset C2A_L/,
  ],
  [
    'a bad value in the file',
    {},
    { time: { sweep_ms: 'x' } },
    'fail',
    /time\.sweep_ms in config\.json: "x"/,
    /^c2a config unset time\.sweep_ms$/,
  ],
  ['a bad theme, which only clients read', { C2A_THEME: 'pink' }, {}, 'fail', /"pink"/, /unset/],
  ['a bad address', { C2A_URL: 'nonsense' }, {}, 'fail', /not a daemon's address/, /host:port/],
  [
    'two that do not go together',
    { C2A_LEASE_MS: '10000' },
    {},
    'fail',
    /^C2A_LEASE_MS.*more than twice/,
    /together/,
  ],
  [
    'a mistyped key',
    {},
    { gatewayy: {} },
    'warn',
    /"gatewayy", which is no setting/,
    /config list/,
  ],
  [
    'a mistyped part',
    {},
    { gateway: { urll: 'x' } },
    'warn',
    /"gateway\.urll"/,
    /mean gateway\.url/,
  ],
  [
    'a part without its section',
    {},
    { log_level: 'info' },
    'warn',
    /"log_level"/,
    /mean daemon\.log/,
  ],
  [
    'a key in one word',
    {},
    { 'gateway.url': 'http://b' },
    'warn',
    /"gateway\.url" in one word/,
    /\{"gateway": \{"url": \.\.\.\}\}/,
  ],
  [
    'a section that is none',
    {},
    { gateway: 'http://b' },
    'warn',
    /"gateway".*object/,
    /gateway\.url/,
  ],
  ['a value that is none', {}, { model: { name: 'x' } }, 'warn', /^model in config/, /set model/],
])('%s', (_, env, file, status, detail, fix) => {
  const found = settingsFinding({ env, file })
  expect(found.status).toBe(status)
  expect(found.detail).toMatch(detail)
  expect(found.fix).toMatch(fix)
  expect(JSON.stringify(found)).not.toContain(key)
})

test('what a stray key holds is never told: it may be a key', () => {
  const file = { gateway: { kye: key }, api_key: key, 'gateway.key': key }
  expect(JSON.stringify(settingsFinding({ env: {}, file }))).not.toContain(key)
})
