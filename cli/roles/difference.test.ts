import { expect, test } from 'vitest'
import type { Role } from '../../shared/contract/role.js'
import { themeFor } from '../text/theme.js'
import { type Difference, differenceLines } from './difference.js'

const role = (instructions: string): Role => ({
  id: '11111111-0000-4000-8000-000000000000',
  name: 'Poet',
  instructions,
  params: {},
  revision: 3,
  created_at: '2026-11-29T10:00:00Z',
  updated_at: '2026-11-29T10:00:00Z',
})
const file = (instructions: string) => ({
  ...{ name: 'Poet', instructions, params: {}, path: 'roles/Poet.md' },
})
const changed = (from: string, to: string): Difference => ({
  ...{ action: 'update', name: 'Poet', before: role(from), after: file(to) },
})

test('what is there with -, what the file says with +, and three lines around', () => {
  const lines = differenceLines(changed('a\nb\nc\nd\nold', 'a\nb\nc\nd\nnew'), themeFor('none'))
  expect(lines).toEqual([
    ...['--- Poet (revision 3)', '+++ roles/Poet.md', '@@ -6,4 +6,4 @@'],
    ...[' b', ' c', ' d', '-old', '+new'],
  ])
})

test('a role that goes has nothing at the other side', () => {
  const gone: Difference = { action: 'delete', name: 'Poet', before: role('Rhyme.') }
  const lines = differenceLines(gone, themeFor('none'))
  expect(lines.slice(0, 2)).toEqual(['--- Poet (revision 3)', '+++ /dev/null'])
  expect(lines).toContain('-Rhyme.')
})

test('texts that have little in common are said so, soon', () => {
  const text = (word: string) => Array.from({ length: 20_000 }, (_, n) => `${word}${n}`).join('\n')
  const lines = differenceLines(changed(text('a'), text('b')), themeFor('none'))
  expect(lines.at(-1)).toBe('they have little in common')
})

test('nothing of a role acts on the terminal', () => {
  const hostile = '\x1b]52;c;aGk=\x07\u202e\r\x9b2J'
  const text = differenceLines(changed('x', hostile), themeFor('truecolor')).join('\n')
  expect(text.replaceAll(/\x1b\[[\d;]*m/g, '')).not.toMatch(/[^\n\P{Cc}]|\u202e/u)
})
