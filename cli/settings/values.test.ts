import { expect, test } from 'vitest'
import { type SettingKey, settingKeys, settings } from '../../shared/settings.js'
import { type ConfigValue, parseConfigValue, settingKeyOf } from './values.js'

test.each<[SettingKey, string, ConfigValue]>([
  ['gateway.url', 'http://127.0.0.1:4000/', 'http://127.0.0.1:4000'],
  ['gateway.url', ' https://llm.example/v1 ', 'https://llm.example/v1'],
  ['url', 'unix:/run/c2a.sock', 'unix:/run/c2a.sock'],
  ['url', 'https://c2a.example', 'https://c2a.example'],
  ['database.url', 'postgresql://u:p@db/c2a', 'postgresql://u:p@db/c2a'],
  ['database.url', 'postgresql://u@/c2a?host=/run', 'postgresql://u@/c2a?host=/run'],
  ['daemon.listen', '3001', '3001'],
  ['daemon.listen', '[::1]:3001', '[::1]:3001'],
  ['daemon.listen', '0.0.0.0:80', '0.0.0.0:80'],
  ['daemon.behind_tls_proxy', 'Yes', true],
  ['daemon.behind_tls_proxy', '0', false],
  ['daemon.allowed_hosts', 'a.example, b.example,', ['a.example', 'b.example']],
  ['daemon.idle_minutes', '0', 0],
  ['daemon.idle_minutes', '0.5', 0.5],
  ['time.drain_ms', '0', 0],
  ['time.lease_ms', '1500', 1500],
  ['daemon.log_level', 'debug', 'debug'],
  ['model', 'openai/gpt-4o', 'openai/gpt-4o'],
])('%s takes %s', (key, text, value) => {
  expect(parseConfigValue(key, text)).toEqual(value)
})

test.each<[SettingKey, string]>([
  ['gateway.url', '127.0.0.1:4000'],
  ['gateway.url', 'ftp://x'],
  ['url', 'c2a.example:3001'],
  ['database.url', 'mysql://secret@db'],
  ['database.bin', '/no/such/directory'],
  ['daemon.listen', 'localhost'],
  ['daemon.listen', '99999'],
  ['daemon.behind_tls_proxy', 'maybe'],
  ['daemon.idle_minutes', '-1'],
  ['daemon.idle_minutes', 'soon'],
  ['time.lease_ms', '0'],
  ['time.lease_ms', '1'],
  ['time.drain_ms', '99999999999'],
  ['time.lease_ms', '1.5'],
  ['time.lease_ms', 'Infinity'],
  ['daemon.log_level', 'loud'],
  ['model', 'a,b'],
  ['model', '   '],
])('%s refuses %s', (key, text) => {
  expect(() => parseConfigValue(key, text)).toThrow(expect.objectContaining({ exit: 2 }))
})

test('what is wrong with a secret is said without the secret', () => {
  expect(() => parseConfigValue('database.url', 'mysql://hunter2@db')).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
  )
})

test('every default would be accepted', () => {
  for (const key of settingKeys) {
    const value = settings[key].default
    if (value !== undefined) expect(() => parseConfigValue(key, value)).not.toThrow()
  }
})

test.each([
  ['gateway.ulr', 'gateway.url'],
  ['gatway.key', 'gateway.key'],
  ['LITELLM_API_KEY', 'gateway.key'],
  ['daemon.idle', 'daemon.idle_minutes'],
])('%s is answered with %s', (word, key) => {
  expect(() => settingKeyOf(word)).toThrow(
    expect.objectContaining({ exit: 2, hint: expect.stringContaining(key) }),
  )
})
