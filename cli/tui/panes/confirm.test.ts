import { createElement } from 'react'
import { expect, test } from 'vitest'
import { Confirm } from './confirm.js'
import { drawPlain, sized } from './fixtures/draw.js'

function confirm(width: number, height: number, detail?: string): string[] {
  const props = { question: 'delete this session', name: 'Postgres index bloat', detail }
  return drawPlain(createElement(Confirm, { ...sized(width, height), ...props }), width)
}

test('a question names what it is about, and no is the answer unless one says yes', () => {
  expect(confirm(40, 5, 'its messages go with it')).toEqual([
    '╭─ delete this session ────────────────╮',
    '│ Postgres index bloat                 │',
    '│ its messages go with it              │',
    '│ y/N                                  │',
    '╰─ y yes · esc no ─────────────────────╯',
  ])
})

test('where there is little room, the name is cut and not the choice', () => {
  expect(confirm(24, 3)).toEqual([
    '╭─ delete this sessi… ─╮',
    '│ Postgres index…? y/N │',
    '╰─ y yes · esc no ─────╯',
  ])
  expect(confirm(40, 1)).toEqual([' delete this session: Postgres in…? y/N'])
})
