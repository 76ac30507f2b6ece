import { expect, test } from 'vitest'
import { settings } from '../shared/settings.js'
import { recordingLog } from '../test/support/recording-log.js'
import { originalVariables, warnOfOriginalVariables } from './original-variables.js'

test('a variable of the original that is set is named with what replaces it, never its value', () => {
  const log = recordingLog()
  const env = {
    JWT_SECRET: 'hush',
    DB_MAX_CLIENTS: '',
    LITELLM_ENDPOINT: 'http://x',
    CORS_ALLOW_ALL: 'true',
  }
  warnOfOriginalVariables(env, log)
  expect(log.lines.map((line) => JSON.parse(line))).toMatchObject([
    [
      { variable: 'CORS_ALLOW_ALL', instead: expect.stringContaining('ALLOWED_ORIGINS') },
      expect.anything(),
    ],
    [
      { variable: 'JWT_SECRET', instead: expect.stringContaining('c2a token create') },
      expect.anything(),
    ],
  ])
  expect(log.lines.join()).not.toContain('hush')
})

test('every variable of the original is a setting, one that daemon run reads, or in the table', () => {
  const read = new Set(Object.values(settings).map(({ env }) => env))
  // Of a daemon that somebody runs; and Slack's, which is not built yet where it is no setting.
  for (const name of ['DATABASE_URL', 'PORT', 'SLACK_SIGNING_SECRET']) read.add(name)
  const original = [
    'LITELLM_ENDPOINT LITELLM_API_KEY DATABASE_URL PORT ALLOWED_ORIGINS CORS_ALLOW_ALL SLACK_SIGNING_SECRET',
    'JWT_SECRET JWT_EXPIRES_IN DB_SSL_MODE DB_CONNECTION_TIMEOUT DB_IDLE_TIMEOUT DB_MAX_CLIENTS REDIS_URL',
  ].flatMap((line) => line.split(' '))
  for (const name of original)
    expect([name, read.has(name) || name in originalVariables]).toEqual([name, true])
  for (const name of Object.keys(originalVariables)) expect(read.has(name)).toBe(false)
})
