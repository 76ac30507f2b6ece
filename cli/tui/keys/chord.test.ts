import { expect, test } from 'vitest'
import { createInputParser } from '../terminal/input.js'
import { chordOf } from './chord.js'
import { type GlobalCommand, globalCommandOf, globalKeys } from './keymap.js'

function chords(bytes: string): string[] {
  const found: string[] = []
  const parser = createInputParser((event) => {
    if (event.type === 'key') found.push(chordOf(event))
  })
  parser.push(bytes)
  if (parser.waiting) parser.expire()
  return found
}

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
])('the bytes %j are the key %s', (bytes, chord) => {
  expect(chords(bytes)).toEqual([chord])
})

/** What terminals send for the keys of the table, legacy and kitty. */
const sent: Record<GlobalCommand, readonly string[]> = {
  help: ['\x1bOP', '\x1b[11~'],
  new: ['\x0e', '\x1b[110;5u'],
  sessions: ['\x13', '\x1b[115;5u'],
  models: ['\x0f', '\x1b[111;5u'],
  roles: ['\x14', '\x1b[116;5u'],
  'side-panes': ['\x02', '\x1b[98;5u'],
  theme: ['\x1bOS', '\x1b[14~'],
  reasoning: ['\x1b[15~'],
  edit: ['\x07', '\x1b[103;5u'],
  'next-pane': ['\t', '\x1b[9u'],
  'previous-pane': ['\x1b[Z', '\x1b[9;2u'],
  'page-up': ['\x1b[5~'],
  'page-down': ['\x1b[6~'],
  'line-up': ['\x1b[1;2A'],
  'line-down': ['\x1b[1;2B'],
  top: ['\x1b[1;5H'],
  tail: ['\x1b[1;5F'],
  retry: ['\x12', '\x1b[114;5u'],
  redraw: ['\x0c', '\x1b[108;5u'],
  suspend: ['\x1a', '\x1b[122;5u'],
}

test.each(Object.entries(sent))('terminals have keys for %s', (command, bytes) => {
  for (const some of bytes) expect(chords(some).map(globalCommandOf)).toEqual([command])
})

test('no chord is bound twice', () => {
  const all = Object.values(globalKeys).flatMap((binding) => binding.chords)
  expect(new Set(all).size).toBe(all.length)
})
