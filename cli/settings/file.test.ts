import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { withoutValue, withValue, writeConfigFile } from './file.js'

test('a value goes into its section; the rest stays', () => {
  const file = { model: 'm', gateway: { key: 'k' }, mine: [1] }
  expect(withValue(file, 'gateway.url', 'http://x')).toEqual({
    model: 'm',
    gateway: { key: 'k', url: 'http://x' },
    mine: [1],
  })
  expect(withValue({}, 'model', 'n')).toEqual({ model: 'n' })
  expect(withValue({}, 'time.lease_ms', 5)).toEqual({ time: { lease_ms: 5 } })
})

test('a section that is none is refused rather than replaced', () => {
  expect(() => withValue({ gateway: 'http://x' }, 'gateway.url', 'y')).toThrow(/not an object/)
})

test('removing the last value of a section removes the section', () => {
  const file = { gateway: { key: 'k', url: 'u' }, model: 'm' }
  const once = withoutValue(file, 'gateway.key')
  expect(once).toEqual({ gateway: { url: 'u' }, model: 'm' })
  expect(withoutValue(once, 'gateway.url')).toEqual({ model: 'm' })
  expect(withoutValue(once, 'daemon.listen')).toEqual(once)
})

test('the file is 0600, whole, and a link to it stays one', () => {
  const directory = mkdtempSync(join(tmpdir(), 'c2a-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const real = join(directory, 'dotfiles.json')
  writeFileSync(real, '{}', { mode: 0o644 })
  const link = join(directory, 'config.json')
  symlinkSync(real, link)
  writeConfigFile(link, { model: 'm' })
  expect(JSON.parse(readFileSync(real, 'utf8'))).toEqual({ model: 'm' })
  expect(statSync(real).mode & 0o777).toBe(0o600)
  expect(readdirSync(directory).sort()).toEqual(['config.json', 'dotfiles.json'])
})

test('the directory is made', () => {
  const directory = mkdtempSync(join(tmpdir(), 'c2a-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'a', 'b', 'config.json')
  writeConfigFile(path, { model: 'm' })
  expect(statSync(join(directory, 'a')).mode & 0o777).toBe(0o700)
  expect(readFileSync(path, 'utf8')).toBe('{\n  "model": "m"\n}\n')
})

test('a directory that cannot be is one sentence', () => {
  const directory = mkdtempSync(join(tmpdir(), 'c2a-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'file')
  writeFileSync(file, '')
  for (const path of [join(file, 'config.json'), join(file, 'below', 'config.json')]) {
    expect(() => writeConfigFile(path, {})).toThrow(
      expect.objectContaining({
        exit: 2,
        message: expect.stringContaining(`cannot write ${path}`),
      }),
    )
  }
})
