import { expect, test } from 'vitest'
import { chordsOf } from '../terminal/fixtures/chords-of.js'
import { type GlobalCommand, globalCommandOf, globalKeys } from './keymap.js'

/** What terminals send for the keys of the table, legacy and kitty. */
const sent: Record<GlobalCommand, readonly string[]> = {
  help: ['\x1bOP', '\x1b[11~'],
  new: ['\x0e', '\x1b[110;5u'],
  sessions: ['\x13', '\x1b[115;5u'],
  search: ['\x06', '\x1b[102;5u'],
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
  for (const some of bytes) expect(chordsOf(some).map(globalCommandOf)).toEqual([command])
})

test('no chord is bound twice', () => {
  const all = Object.values(globalKeys).flatMap((binding) => binding.chords)
  expect(new Set(all).size).toBe(all.length)
})
