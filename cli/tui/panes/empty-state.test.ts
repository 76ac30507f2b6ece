import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stripSgr, textWidth } from '../../text/width.js'
import { emptyStateRows } from './empty-state.js'
import { sized } from './fixtures/draw.js'
import { FORBIDDEN, paneSize, untrusted } from './fixtures/untrusted.js'

const content = {
  name: 'Untitled',
  model: 'gpt-4o',
  hints: [
    { keys: '/', what: 'commands' },
    { keys: '^O', what: 'choose a model' },
    { keys: '^T', what: 'roles' },
    { keys: 'F1', what: 'help' },
  ],
}

function card(width: number, height: number): string[] {
  return emptyStateRows({ ...sized(width, height), ...content }).map(stripSgr)
}

test('a card stands in the middle', () => {
  expect(card(60, 11)).toEqual([
    '',
    '      ╭──────────────────────────────────────────────╮',
    '      │                   Untitled                   │',
    '      │                    gpt-4o                    │',
    '      │                                              │',
    '      │  /   commands                                │',
    '      │  ^O  choose a model                          │',
    '      │  ^T  roles                                   │',
    '      │  F1  help                                    │',
    '      ╰──────────────────────────────────────────────╯',
    '',
  ])
})

test.each([
  [10, 1],
  [20, 2],
  [24, 5],
  [80, 30],
])('in %i x %i it has as many rows, none too wide', (width, height) => {
  const rows = card(width, height)
  expect(rows).toHaveLength(height)
  for (const row of rows) expect(textWidth(row)).toBeLessThanOrEqual(width)
  expect(rows.join('')).toContain('Untitled')
})

test('a session without a model says so', () => {
  const rows = emptyStateRows({ ...sized(40, 12), ...content, model: undefined })
  expect(rows.join('')).toContain('no model yet')
})

test('whatever the texts are, it fills its rows, keeps its width and lets no control through', () => {
  fc.assert(
    fc.property(paneSize, untrusted, untrusted, ({ width, height }, name, what) => {
      const hints = [{ keys: name, what }]
      const rows = emptyStateRows({ ...sized(width, height), name, model: what, hints })
      expect(rows).toHaveLength(height)
      for (const row of rows) {
        expect(textWidth(row)).toBeLessThanOrEqual(width)
        expect(stripSgr(row)).not.toMatch(FORBIDDEN)
      }
    }),
  )
})
