import { expect, test } from 'vitest'
import { chordsOf } from './fixtures/chords-of.js'

test.each([
  ['j', 'j'],
  ['G', 'G'],
  ['/', '/'],
  ['?', '?'],
  [' ', 'space'],
  ['é', 'é'],
  ['\r', 'enter'],
  ['\t', 'tab'],
  ['\x1b', 'escape'],
  ['\x7f', 'backspace'],
  ['\x1b[Z', 'shift+tab'],
  ['\x1b[A', 'up'],
  ['\x1b[1;2A', 'shift+up'],
  ['\x1b[3~', 'delete'],
  ['\x1b[5~', 'pageup'],
  ['\x1bb', 'alt+b'],
  ['\x03', 'ctrl+c'],
  // The kitty protocol: a letter, a capital, space, Shift+Tab, Ctrl+Shift+z.
  ['\x1b[103u', 'g'],
  ['\x1b[103;2u', 'G'],
  ['\x1b[32u', 'space'],
  ['\x1b[9;2u', 'shift+tab'],
  ['\x1b[122;6u', 'ctrl+shift+z'],
  // Ctrl+Shift and the key of minus: with what Shift makes of it, and on other terminals without.
  ['\x1b[95;6u', 'ctrl+_'],
  ['\x1f', 'ctrl+_'],
])('the bytes %j are the key %s', (bytes, chord) => {
  expect(chordsOf(bytes)).toEqual([chord])
})
