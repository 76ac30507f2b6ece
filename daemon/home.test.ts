import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { homeOf } from '../shared/home.js'
import { prepareHome } from '../shared/prepare-home.js'
import { temporaryDirectory } from '../test/support/scripts.js'
import { readOrMakeInstance, readOrMakeToken } from './home.js'

test('a home is made, and closed to others', () => {
  const directory = join(temporaryDirectory(), 'a', 'home')
  prepareHome(homeOf({ C2A_HOME: directory }))
  expect(statSync(directory).mode & 0o777).toBe(0o700)
  chmodSync(directory, 0o755)
  prepareHome(homeOf({ C2A_HOME: directory }))
  expect(statSync(directory).mode & 0o777).toBe(0o700)
})

const root = process.getuid?.() === 0

test.runIf(root)('a home of another user is refused, also behind a link of ours', () => {
  const place = temporaryDirectory()
  const theirs = join(place, 'theirs')
  mkdirSync(theirs)
  chownSync(theirs, 12345, 12345)
  symlinkSync(theirs, join(place, 'link'))
  for (const name of ['theirs', 'link']) {
    expect(() => prepareHome(homeOf({ C2A_HOME: join(place, name) }))).toThrow(
      expect.objectContaining({
        code: 'forbidden',
        exit: 2,
        message: expect.stringMatching(/another user/),
      }),
    )
  }
  expect(readdirSync(theirs)).toEqual([])
})

test('a directory that holds the files of others is left as it is', () => {
  const directory = temporaryDirectory()
  chmodSync(directory, 0o755)
  writeFileSync(join(directory, 'theirs'), '')
  const home = homeOf({ C2A_HOME: directory })
  expect(() => prepareHome(home)).toThrow(
    expect.objectContaining({ exit: 2, message: `${directory} is used by others` }),
  )
  expect(statSync(directory).mode & 0o777).toBe(0o755)
})

test.each(['token', 'instance', 'config.json'])(
  'a home that is known by its %s is closed',
  (name) => {
    const directory = temporaryDirectory()
    chmodSync(directory, 0o755)
    writeFileSync(join(directory, name), '')
    writeFileSync(join(directory, 'daemon.log'), '')
    prepareHome(homeOf({ C2A_HOME: directory }))
    expect(statSync(directory).mode & 0o777).toBe(0o700)
  },
)

test('a token that a full disk left empty is made anew, and stays', () => {
  const path = join(temporaryDirectory(), 'token')
  writeFileSync(path, '')
  const token = readOrMakeToken(path).reveal()
  expect(token).toMatch(/^c2a_[0-9a-f]{12}_[0-9a-f]{64}$/)
  expect(readOrMakeToken(path).reveal()).toBe(token)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(path, '..'))).toEqual(['token'])
})

test('what is no token is refused, and kept', () => {
  const path = join(temporaryDirectory(), 'token')
  writeFileSync(path, 'two words\n', { mode: 0o600 })
  expect(() => readOrMakeToken(path)).toThrow(/token does not hold a token/)
  expect(readFileSync(path, 'utf8')).toBe('two words\n')
})

test.each([
  ['is a file', ''],
  ['lies in a file', 'below'],
])('a home that %s is one sentence', (_, below) => {
  const file = join(temporaryDirectory(), 'file')
  writeFileSync(file, '')
  expect(() => prepareHome(homeOf({ C2A_HOME: join(file, below) }))).toThrow(
    expect.objectContaining({ name: 'ProblemError', exit: 2 }),
  )
})

test('a token that others can read is refused as a usage error', () => {
  const path = join(temporaryDirectory(), 'token')
  readOrMakeToken(path)
  chmodSync(path, 0o644)
  expect(() => readOrMakeToken(path)).toThrow(
    expect.objectContaining({ exit: 2, hint: expect.stringContaining('chmod 600') }),
  )
})

test('a home has one id for ever, and a damaged one is not replaced', () => {
  const directory = temporaryDirectory()
  const instance = readOrMakeInstance(directory)
  expect(instance).toMatch(/^[0-9a-f-]{36}$/)
  expect(readOrMakeInstance(directory)).toBe(instance)
  expect(readdirSync(directory)).toEqual(['instance'])
  writeFileSync(join(directory, 'instance'), '')
  expect(() => readOrMakeInstance(directory)).toThrow(/instance does not hold an id/)
  expect(readFileSync(join(directory, 'instance'), 'utf8')).toBe('')
})

test.runIf(process.getuid?.() !== 0)('a place without permission is one sentence', () => {
  const directory = temporaryDirectory()
  chmodSync(directory, 0o500)
  expect(() => prepareHome(homeOf({ C2A_HOME: join(directory, 'home') }))).toThrow(
    expect.objectContaining({ exit: 2, message: expect.stringMatching(/no permission/) }),
  )
})
