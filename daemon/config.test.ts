import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ProblemError } from '../shared/contract/problem.js'
import { type Config, type Flags, loadConfig } from './config.js'

interface Given {
  env?: Record<string, string>
  /** config.json, as JSON unless it is a string. */
  file?: unknown
  flags?: Partial<Flags>
}

function load({ env = {}, file, flags = {} }: Given): Config {
  const home = mkdtempSync(join(tmpdir(), 'c2a-config-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  mkdirSync(home, { recursive: true })
  if (file !== undefined) {
    const text = typeof file === 'string' ? file : JSON.stringify(file)
    writeFileSync(join(home, 'config.json'), text)
  }
  return loadConfig({ personal: false, ...flags }, { C2A_HOME: home, ...env })
}

function refusal(given: Given): ProblemError {
  try {
    load(given)
  } catch (error) {
    return error as ProblemError
  }
  throw new Error('it was taken')
}

describe('order', () => {
  const env = { C2A_LISTEN: '4001', LITELLM_ENDPOINT: 'http://env:1' }
  const file = {
    daemon: { listen: '4002' },
    gateway: { url: 'http://file:1', key: 'sk-file' },
    model: 'file-model',
  }

  test('flags over environment over config.json over defaults', () => {
    const loopback = (port: number) => ({ host: '127.0.0.1', port })
    expect(load({ env, file, flags: { listen: '4000' } }).listen).toEqual(loopback(4000))
    expect(load({ env, file }).listen).toEqual(loopback(4001))
    expect(load({ file }).listen).toEqual(loopback(4002))
    expect(load({}).listen).toBeUndefined()
    const config = load({ env, file })
    expect(config.gateway.url).toBe('http://env:1')
    expect(config.gateway.key?.reveal()).toBe('sk-file')
    expect(config.model).toBe('file-model')
    expect(load({}).time).toMatchObject({ leaseMs: 15_000, heartbeatMs: 15_000 })
  })

  test('a budget is none unless it is set, and may be nothing', () => {
    expect(load({}).budget).toEqual({})
    const env = { C2A_BUDGET_SESSION_USD: '0' }
    const file = { budget: { day_usd: 2.5, session_usd: 1 } }
    expect(load({ env, file }).budget).toEqual({ session: 0, day: 2.5 })
    expect(refusal({ file: { budget: { day_usd: -1 } } }).message).toContain('budget.day_usd')
    expect(refusal({ env: { C2A_BUDGET_DAY_USD: '5$' } }).message).toContain('C2A_BUDGET_DAY_USD')
  })

  test('an empty variable counts as unset', () => {
    const config = load({ env: { C2A_LISTEN: '', LITELLM_ENDPOINT: '', PORT: '' }, file })
    expect([config.listen?.port, config.gateway.url]).toEqual([4002, 'http://file:1'])
    expect(load({ env: { PORT: '', DATABASE_URL: '' } })).toMatchObject({ database: {} })
  })

  test('lists take commas in the environment and arrays in the file', () => {
    expect(load({ env: { ALLOWED_ORIGINS: ' https://a , https://b,' } }).allowedOrigins).toEqual([
      'https://a',
      'https://b',
    ])
    expect(load({ file: { daemon: { allowed_hosts: ['a', 'b'] } } }).allowedHosts).toEqual([
      'a',
      'b',
    ])
  })

  test('it cannot be changed afterwards', () => {
    expect(Object.isFrozen(load({}))).toBe(true)
  })
})

describe('DATABASE_URL and PORT', () => {
  const env = { DATABASE_URL: 'postgres://elsewhere/db', PORT: '8080' }

  test('count for a daemon that somebody runs', () => {
    const config = load({ env })
    expect(config.database.url?.reveal()).toBe('postgres://elsewhere/db')
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 8080 })
    const own = load({ env: { ...env, C2A_DATABASE_URL: 'postgres://ours/db', C2A_LISTEN: '1' } })
    expect(own.database.url?.reveal()).toBe('postgres://ours/db')
    expect(own.listen?.port).toBe(1)
  })

  test('belong to another project where a client started it', () => {
    const config = load({ env, flags: { personal: true } })
    expect(config.database.url).toBeUndefined()
    expect(config.listen).toBeUndefined()
  })
})

test.each([
  ['3001', '127.0.0.1', 3001],
  [':3002', '127.0.0.1', 3002],
  ['0.0.0.0:80', '0.0.0.0', 80],
  ['example.org:', 'example.org', 3001],
  ['[::1]:3003', '::1', 3003],
  ['[::]:', '::', 3001],
])('listen %s is %s port %i', (listen, host, port) => {
  expect(load({ flags: { listen } }).listen).toEqual({ host, port })
})

describe('an error names where it comes from', () => {
  test.each<[Given, RegExp]>([
    [{ env: { C2A_LISTEN: 'a b' } }, /C2A_LISTEN.*"a b"/],
    [{ env: { C2A_LISTEN: '70000' } }, /C2A_LISTEN/],
    [{ env: { PORT: 'pipe' } }, /PORT.*"pipe"/],
    [{ flags: { listen: '::1:3001' } }, /--listen/],
    [{ file: { daemon: { listen: 'x' } } }, /daemon\.listen in config\.json/],
    [{ env: { LITELLM_ENDPOINT: 'localhost:4000' } }, /LITELLM_ENDPOINT/],
    [{ env: { LITELLM_ENDPOINT: 'ftp://host' } }, /LITELLM_ENDPOINT/],
    [{ env: { C2A_LEASE_MS: 'soon' } }, /C2A_LEASE_MS: "soon"/],
    [{ env: { C2A_LEASE_MS: '0' } }, /C2A_LEASE_MS/],
    // Node would take a longer timer for none at all.
    [{ env: { C2A_TOTAL_TIMEOUT_MS: '99999999999' } }, /C2A_TOTAL_TIMEOUT_MS/],
    [{ env: { C2A_DRAIN_MS: '-1' } }, /C2A_DRAIN_MS/],
    [{ env: { C2A_IDLE_MINUTES: 'never' } }, /C2A_IDLE_MINUTES/],
    [{ env: { C2A_LOG_LEVEL: 'loud' } }, /C2A_LOG_LEVEL: "loud"/],
    [{ env: { C2A_BEHIND_TLS_PROXY: 'perhaps' } }, /C2A_BEHIND_TLS_PROXY/],
    [{ file: { time: { sweep_ms: 'x' } } }, /time\.sweep_ms in config\.json/],
    [{ env: { C2A_DATABASE_URL: 'mysql://db' } }, /^C2A_DATABASE_URL: not a Postgres URL$/],
    [{ env: { DATABASE_URL: 'mysql://db' } }, /^DATABASE_URL: not a Postgres URL$/],
    [{ env: { C2A_LEASE_MS: '1' } }, /C2A_LEASE_MS.*1000/],
    [{ env: { C2A_LEASE_MS: '2000', C2A_SWEEP_MS: '1000' } }, /C2A_LEASE_MS.*more than twice/],
    [{ env: { C2A_HOME: 'relative' } }, /C2A_HOME must be an absolute path/],
    [{ file: '[1, 2' }, /config\.json/],
    [{ file: '"text"' }, /config\.json/],
  ])('%j', (given, message) => {
    const { code, message: said } = refusal(given)
    expect(code).toBe('invalid_request')
    expect(said).toMatch(message)
    expect(said).not.toContain('\n')
  })
})

describe('secrets', () => {
  const secret = 'sk-very-secret-0123456789'

  test('are not printed, however the configuration is shown', () => {
    const config = load({
      env: {
        LITELLM_API_KEY: secret,
        C2A_ADMIN_TOKEN: secret,
        C2A_DATABASE_URL: `postgres://u:${secret}@db/c2a`,
      },
    })
    expect(JSON.stringify(config)).not.toContain(secret)
    expect(`${config.gateway.key}${config.adminToken}${config.database.url}`).not.toContain(secret)
  })

  test('do not leave a broken config.json by its error', () => {
    const error = refusal({ file: `{"gateway": {"key": ${secret}}}` })
    expect(`${error.message} ${String(error.cause)}`).not.toContain('very')
    expect(error.message).toMatch(/config\.json: not valid JSON/)
  })
})
