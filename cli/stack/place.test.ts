import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { homeOf } from '../../shared/home.js'
import { temporaryDirectory } from '../../test/support/scripts.js'
import { preparePlace } from './place.js'

/** A home as `mkdir` makes it where others may look in. */
function madeByHand() {
  const directory = join(temporaryDirectory(), 'home')
  mkdirSync(directory)
  chmodSync(directory, 0o755)
  const state = join(directory, 'services')
  // The package itself: nothing is copied.
  const place = { packageRoot: state, directory: state, state }
  return {
    directory,
    prepare: () => preparePlace(place, { home: homeOf({ C2A_HOME: directory }) }),
  }
}

test('a home that was made by hand is closed before anything is put there', () => {
  const { directory, prepare } = madeByHand()
  prepare()
  expect(statSync(directory).mode & 0o777).toBe(0o700)
  // Again, with what is ours in it.
  prepare()
})

test("one with somebody else's files is refused before anything is put there", () => {
  const { directory, prepare } = madeByHand()
  writeFileSync(join(directory, 'thesis.txt'), '')
  expect(prepare).toThrow(`${directory} is used by others`)
  expect(readdirSync(directory)).toEqual(['thesis.txt'])
})
