import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../test/support/scripts.js'
import { homeOf } from './home.js'
import { prepareHome } from './prepare-home.js'

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

test.runIf(!root)('a place without permission is one sentence', () => {
  const directory = temporaryDirectory()
  chmodSync(directory, 0o500)
  expect(() => prepareHome(homeOf({ C2A_HOME: join(directory, 'home') }))).toThrow(
    expect.objectContaining({ exit: 2, message: expect.stringMatching(/no permission/) }),
  )
})
