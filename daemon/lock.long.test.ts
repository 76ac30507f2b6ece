import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { processStart } from '../shared/process-start.js'
import {
  bundleScript,
  runScript,
  type Script,
  temporaryDirectory,
} from '../test/support/scripts.js'
import { acquireLock } from './lock.js'

// All begin at the same moment. Says what came out and, with the lock, stays until it is killed.
const contender = `
  import { acquireLock } from './daemon/lock.js'
  const [, , path = '', beginAt] = process.argv
  setTimeout(() => {
    const lock = acquireLock(path)
    const heldBy = 'heldBy' in lock ? lock.heldBy : undefined
    console.log(JSON.stringify({ pid: process.pid, heldBy }))
    if (heldBy === undefined) process.stdin.resume()
  }, Number(beginAt) - Date.now())
`

function contenders(file: string, path: string, count: number): Script[] {
  const beginAt = Date.now() + 60 * count
  return Array.from({ length: count }, () => runScript(file, path, String(beginAt)))
}

interface Said {
  readonly pid: number
  readonly heldBy?: number
}

function lockPath(): string {
  return join(temporaryDirectory(), 'daemon.lock')
}

test('a lock is held until it is released', () => {
  const path = lockPath()
  const lock = acquireLock(path)
  expect(acquireLock(path)).toEqual({ heldBy: process.pid })
  if ('release' in lock) lock.release()
  expect(acquireLock(path)).toHaveProperty('release')
})

test('a lock of a later process with the same number is stale', () => {
  const path = lockPath()
  writeFileSync(path, JSON.stringify({ pid: process.pid, start: 'another time', nonce: 'n' }))
  expect(acquireLock(path)).toHaveProperty('release')
  expect(readdirSync(join(path, '..'))).toEqual(['daemon.lock'])
})

test.each(['', '{}', 'null}', '7', '{"pid":1,"start":"","nonce":"../x"}', '\0\0}'])(
  'a lock that none of us wrote (%j), as after a power cut, is stale',
  (text) => {
    const path = lockPath()
    writeFileSync(path, text)
    expect(acquireLock(path)).toHaveProperty('release')
  },
)

test('a lock of somebody else is not released by a holder from before', () => {
  const path = lockPath()
  const lock = acquireLock(path)
  writeFileSync(
    path,
    JSON.stringify({ pid: process.ppid, start: processStart(process.ppid), nonce: 'n' }),
  )
  if ('release' in lock) lock.release()
  expect(acquireLock(path)).toEqual({ heldBy: process.ppid })
})

test('a takeover that was killed half-way does not stop the next one', () => {
  const path = lockPath()
  writeFileSync(path, JSON.stringify({ pid: 0, start: 'before', nonce: 'first' }))
  writeFileSync(`${path}.first`, JSON.stringify({ pid: 0, start: 'before', nonce: 'second' }))
  expect(acquireLock(path)).toHaveProperty('release')
  expect(readdirSync(join(path, '..'))).toEqual(['daemon.lock'])
})

test('one of 20 wins, round after round, each time after a kill -9 of the holder', async () => {
  const path = lockPath()
  const file = bundleScript(contender)
  for (let round = 0; round < 4; round += 1) {
    const scripts = contenders(file, path, 20)
    const said = (await Promise.all(scripts.map((script) => script.said))) as Said[]
    const [winner, ...others] = said.filter(({ heldBy }) => heldBy === undefined)
    expect(others).toEqual([])
    expect(said.filter(({ heldBy }) => heldBy !== undefined && heldBy !== winner?.pid)).toEqual([])
    await scripts.find(({ child }) => child.pid === winner?.pid)?.kill()
  }
}, 60_000)

test('contenders that are killed in the middle leave a lock that works', async () => {
  const path = lockPath()
  const file = bundleScript(contender)
  for (let round = 0; round < 3; round += 1) {
    const scripts = contenders(file, path, 12)
    const [first, ...rest] = scripts
    await first?.said
    await Promise.all(rest.filter((_, index) => index % 2 === 0).map((script) => script.kill()))
    const survivors = [first, ...rest.filter((_, index) => index % 2 === 1)]
    const said = (await Promise.all(survivors.map((script) => script?.said))) as Said[]
    expect(said.filter(({ heldBy }) => heldBy === undefined).length).toBeLessThanOrEqual(1)
    const lock = acquireLock(path)
    const winner = said.find(({ heldBy }) => heldBy === undefined)
    if (winner !== undefined) expect(lock).toEqual({ heldBy: winner.pid })
    else expect(lock).toHaveProperty('release')
    if ('release' in lock) lock.release()
    await Promise.all(scripts.map((script) => script.kill()))
  }
}, 60_000)
