import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { homeOf } from '../shared/home.js'
import { temporaryDirectory } from '../test/support/scripts.js'
import { prepareHome, readOrMakeInstance, readOrMakeToken } from './home.js'

test('a home is made, and closed to others', () => {
  const directory = join(temporaryDirectory(), 'a', 'home')
  prepareHome(homeOf({ C2A_HOME: directory }))
  expect(statSync(directory).mode & 0o777).toBe(0o700)
  chmodSync(directory, 0o755)
  prepareHome(homeOf({ C2A_HOME: directory }))
  expect(statSync(directory).mode & 0o777).toBe(0o700)
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
