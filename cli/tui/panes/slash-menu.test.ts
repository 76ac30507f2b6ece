import { createElement } from 'react'
import { expect, test } from 'vitest'
import { drawPlain, sized } from './fixtures/draw.js'
import { SlashMenu, type SlashMenuProps, slashMenuItemAt } from './slash-menu.js'

const items = [
  { label: '/model <name>', detail: 'switch the model of this session' },
  { label: '/model:plan-mode <p> <a>', detail: 'planner + answerer' },
  { label: '/model:plan-mode-off', detail: 'back to one model' },
]

function menu(width: number, height: number, change: Partial<SlashMenuProps> = {}): string[] {
  const props = { ...sized(width, height), items, selected: 0, hidden: 0 }
  return drawPlain(createElement(SlashMenu, { ...props, ...change }), width)
}

test('suggestions stand in a frame with what they do', () => {
  expect(menu(70, 5)).toEqual([
    '╭─ / ────────────────────────────────────────────────────────────────╮',
    '│▌/model <name>             switch the model of this session         │',
    '│ /model:plan-mode <p> <a>  planner + answerer                       │',
    '│ /model:plan-mode-off      back to one model                        │',
    '╰─ ↑↓ choose · tab complete · enter run · esc close ─────────────────╯',
  ])
})

test('one long label takes no room from what all of them do', () => {
  const long = { label: '/model:plan-mode <planner> <answerer>', detail: 'Let one model plan' }
  const said = 'Start afresh: a new session with the same model, rol'
  const rows = menu(80, 5, { items: [long, { label: '/clear', detail: said }] })
  expect(rows[1]).toBe(
    '│▌/model:plan-mode <pla…  Let one model plan                                   │',
  )
  expect(rows[2]).toContain(`│ /clear                  ${said}`)
})

test('a narrow menu cuts both columns and the keys', () => {
  expect(menu(30, 5, { hidden: 7 })).toEqual([
    '╭─ / ───────────── … 7 more ─╮',
    '│▌/model <name>    switch th…│',
    '│ /model:plan-mo…  planner +…│',
    '│ /model:plan-mo…  back to o…│',
    '╰─ ↑↓ choose · tab complete ─╯',
  ])
})

test('what is set now has a mark, and the others keep their column', () => {
  const marked = items.map((item, index) => ({ ...item, current: index === 1 }))
  expect(menu(40, 5, { items: marked }).map((row) => row.slice(0, 12))).toEqual([
    '╭─ / ───────',
    '│▌  /model <',
    '│ ● /model:p',
    '│   /model:p',
    '╰─ ↑↓ choose',
  ])
})

test('a row of the menu is the item that stands there', () => {
  const rows = [0, 1, 3, 4].map((row) =>
    slashMenuItemAt({ width: 40, height: 5, selected: 0, items }, row),
  )
  expect(rows).toEqual([undefined, 0, 2, undefined])
})
