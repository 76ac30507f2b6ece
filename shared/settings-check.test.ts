import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { type SettingKey, settingKeys, settings } from './settings.js'
import { checkDaemonSettings, refusalOf } from './settings-check.js'

test.each<[SettingKey, string]>([
  ['gateway.url', 'http://127.0.0.1:4000/'],
  ['database.url', 'postgres://u:p@db:5432/c2a'],
  // libpq's form for a socket, which no URL parser takes.
  ['database.url', 'postgresql://c2a@/chats?host=/run/postgresql&port=5432'],
  ['database.bin', tmpdir()],
  ['daemon.listen', ':3001'],
  ['daemon.listen', '[::1]:'],
  ['daemon.behind_tls_proxy', 'On'],
  ['daemon.idle_minutes', '0.02'],
  ['time.drain_ms', '0'],
  ['time.lease_ms', '1500'],
  ['time.sweep_ms', '500'],
])('%s takes %s', (key, text) => {
  expect(refusalOf(key, text)).toBeUndefined()
})

test.each<[SettingKey, string, string]>([
  ['gateway.url', 'foo', '"foo" is not an http(s) URL'],
  ['gateway.url', 'http://ann:hunter2@host:4000', 'a URL with a password in it'],
  ['gateway.url', 'hxxp://ann:hunter2@host', 'a URL with a password in it'],
  ['database.url', 'mysql://hunter2@db', 'not a Postgres URL'],
  ['database.url', 'postgres://u:hunter2@db:99999/c2a', 'not a Postgres URL'],
  ['database.bin', '/no/such', 'there is no directory /no/such'],
  ['database.bin', 'bin', '"bin" is not an absolute path'],
  ['daemon.listen', 'localhost', '"localhost" is not [HOST:]PORT'],
  ['daemon.behind_tls_proxy', 'maybe', '"maybe" is neither true nor false'],
  ['daemon.log_level', 'loud', '"loud" is none of debug, info, warn, error'],
  ['daemon.idle_minutes', '-1', '"-1" is not a number from 0 up'],
  ['time.lease_ms', '1', '"1" is not a whole number from 1000 up'],
  ['time.sweep_ms', '99', '"99" is not a whole number from 100 up'],
  ['time.lease_ms', '1500.5', '"1500.5" is not a whole number from 1000 up'],
  ['time.total_timeout_ms', '99999999999', '"99999999999" is more than 2147483647'],
  ['model', 'a,b', 'a model has at most 200 characters, no comma and no control characters'],
])('%s refuses %s', (key, text, why) => {
  expect(refusalOf(key, text)).toMatchObject({ why })
})

test('every default is good, and so are all of them together', () => {
  for (const key of settingKeys) {
    const value = settings[key].default
    if (value !== undefined) expect(refusalOf(key, value)).toBeUndefined()
  }
  checkDaemonSettings({}, {})
})

test.each<[string, Record<string, string>, object, RegExp]>([
  ['a variable', { LITELLM_ENDPOINT: 'foo' }, {}, /^LITELLM_ENDPOINT: "foo" is not/],
  ['config.json', {}, { time: { sweep_ms: 'x' } }, /^time\.sweep_ms in config\.json: "x"/],
  [
    'a secret',
    { C2A_DATABASE_URL: 'mysql://hunter2@db' },
    {},
    /^C2A_DATABASE_URL: not a P(?!.*hunter)/,
  ],
  [
    'a lease shorter than two sweeps',
    { C2A_LEASE_MS: '10000' },
    {},
    /^C2A_LEASE_MS.*more than twice.*10000/,
  ],
  [
    'a sweep longer than half a lease',
    {},
    { time: { sweep_ms: 7500 } },
    /^time\.sweep_ms in config\.json.*7500/,
  ],
  [
    'an open address without TLS',
    { C2A_LISTEN: '0.0.0.0:80' },
    {},
    /^C2A_LISTEN: .*0\.0\.0\.0 without TLS/,
  ],
])('%s that the daemon would refuse is named', (_, env, file, message) => {
  expect(() => checkDaemonSettings(env, { ...file })).toThrow(
    expect.objectContaining({ exit: 2, message: expect.stringMatching(message) }),
  )
})

test('what only clients read does not concern the daemon', () => {
  checkDaemonSettings(
    { C2A_URL: 'nonsense', C2A_LISTEN: '0.0.0.0:80', C2A_BEHIND_TLS_PROXY: '1' },
    {},
  )
})
