import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { settings } from '../../shared/settings.js'
import { createC2a, launcher } from '../support/c2a.js'
import { runHeadless } from '../support/headless.js'

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')

const unit = read('deploy/c2a.service')

/** All values of a directive, in order. */
const values = (name: string): string[] =>
  unit
    .split('\n')
    .filter((line) => line.startsWith(`${name}=`))
    .map((line) => line.slice(name.length + 1))

const analyze = (...args: string[]) => spawnSync('systemd-analyze', args, { encoding: 'utf8' })
const hasAnalyzer = analyze('--version').status === 0

test('the unit gives the daemon the time that it takes to stop', () => {
  const drainMs = Number(settings['time.drain_ms'].default)
  const closingMs = Number(
    /closingMs = ([\d_]+)/.exec(read('daemon/main.ts'))?.[1]?.replace('_', ''),
  )
  expect(closingMs).toBeGreaterThan(0)
  const stopMs = Number(values('TimeoutStopSec')[0]) * 1_000
  expect(stopMs).toBeGreaterThanOrEqual(drainMs + closingMs + 2_000)
  expect(values('KillSignal')).toEqual(['SIGTERM'])
  // Else its Postgres is told to stop while answers are still being written.
  expect(values('KillMode')).toEqual(['mixed'])
})

test('the unit names settings that exist, and restarts only what a restart may help', async () => {
  const variables = [...unit.matchAll(/\b(C2A_\w+|LITELLM_\w+)/g)].map(([name]) => name)
  const known = [...Object.values(settings).map(({ env }) => env), 'C2A_HOME']
  expect(variables.filter((name) => !known.includes(name))).toEqual([])
  expect(values('Restart')).toEqual(['on-failure'])
  const c2a = await createC2a()
  const refused = await c2a.run(['daemon', 'run'], { env: { C2A_DRAIN_MS: 'soon' } })
  expect(values('RestartPreventExitStatus')).toEqual([String(refused.code)])
  const daemon = await runHeadless(c2a)
  expect(await daemon.stop()).toMatchObject({ code: 0 })
})

test('the unit shuts out what the daemon does not need', () => {
  const wanted = {
    NoNewPrivileges: 'yes',
    ProtectSystem: 'strict',
    ProtectHome: 'yes',
    PrivateTmp: 'yes',
    CapabilityBoundingSet: '',
    RestrictAddressFamilies: 'AF_UNIX AF_INET AF_INET6',
    StateDirectory: 'c2a',
    StateDirectoryMode: '0700',
  }
  for (const [name, value] of Object.entries(wanted)) expect(values(name), name).toEqual([value])
  expect(unit).toMatch(/C2A_HOME=\/var\/lib\/c2a\b/)
  expect(values('EnvironmentFile')).toEqual(['-/etc/c2a/env'])
})

test.skipIf(!hasAnalyzer)('systemd takes the unit, and finds it well shut', () => {
  const directory = mkdtempSync(join(tmpdir(), 'c2a-unit-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'c2a.service')
  // It looks for the program, too.
  writeFileSync(path, unit.replace('/usr/local/bin/c2a', launcher))
  const verified = analyze('verify', path)
  expect(verified.stderr).toBe('')
  expect(verified.status).toBe(0)
  // 10 is wide open; below 2.5 is what systemd calls OK.
  const { stdout, stderr, status } = analyze('security', '--offline=true', '--threshold=25', path)
  expect(status, stdout + stderr).toBe(0)
})
