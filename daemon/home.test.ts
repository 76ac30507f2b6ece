import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../test/support/scripts.js'
import { readOrMakeInstance, readOrMakeToken } from './home.js'

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
