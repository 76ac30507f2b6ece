import { createElement } from 'react'
import { expect, test } from 'vitest'
import { drawPlain, sized } from './fixtures/draw.js'
import { RoleForm, type RoleFormProps, roleFormAreas } from './role-form.js'

function form(width: number, height: number, change: Partial<RoleFormProps> = {}): string[] {
  const props: RoleFormProps = {
    ...{ ...sized(width, height), isNew: true, focused: 'instructions', name: 'DBA' },
    instructions: ['You know Postgres.', 'Answer with SQL.'],
    parameters: '',
  }
  return drawPlain(createElement(RoleForm, { ...props, ...change }), width)
}

test('the form has both fields, and the pointer at the one with the focus', () => {
  expect(form(44, 8)).toEqual([
    '╭─ NEW ROLE ───────────────────────────────╮',
    '│ name                                     │',
    '│  DBA                                     │',
    '│                                          │',
    '│▌instructions                             │',
    '│  You know Postgres.                      │',
    '│  Answer with SQL.                        │',
    '╰─ tab next · ctrl+s save · esc cancel ────╯',
  ])
})

test('with room enough it has the parameters, too, and how they are typed', () => {
  expect(form(50, 10)).toEqual([
    '╭─ NEW ROLE ─────────────────────────────────────╮',
    '│ name                                           │',
    '│  DBA                                           │',
    '│                                                │',
    '│▌instructions                                   │',
    '│  You know Postgres.                            │',
    '│                                                │',
    '│ parameters  none; such as temperature=0.3      │',
    '│                                                │',
    '╰─ tab next · ctrl+s save · esc cancel ──────────╯',
  ])
  const set = { parameters: 'seed=7', focused: 'parameters' } as const
  expect(form(50, 10, set)[7]).toBe('│▌parameters                                     │')
  expect(form(50, 10, set)[8]).toBe('│  seed=7                                        │')
  expect(form(44, 8, set).slice(4, 6)).toEqual([
    '│▌parameters                               │',
    '│  seed=7                                  │',
  ])
})

test('an error stands beside the label of its field', () => {
  const errors = { name: 'there is a role of this name' }
  expect(form(44, 8, { errors, focused: 'name' })[1]).toBe(
    '│▌name  ✗ there is a role of this name     │',
  )
  expect(form(24, 8, { errors })[1]).toBe('│ name  ✗ there is a r…│')
})

test('saving and leaving with changes are said in the border', () => {
  expect(form(44, 8, { state: 'saving', isNew: false })[0]).toBe(
    '╭─ EDIT ROLE ──────────────────── saving… ─╮',
  )
  expect(form(60, 8, { state: 'leaving' })[0]).toContain('! esc again drops changes')
})

test('a form too low for both fields has the one with the focus', () => {
  expect(form(24, 5, { focused: 'name' })).toEqual([
    '╭─ NEW ROLE ───────────╮',
    '│▌name                 │',
    '│  DBA                 │',
    '│                      │',
    '╰─ tab next ───────────╯',
  ])
  expect(form(24, 1)).toEqual(['  You know Postgres.'])
})

test.each([
  [44, 12, 'name'],
  [44, 12, 'instructions'],
  [10, 5, 'instructions'],
  [10, 3, 'name'],
  [12, 1, 'instructions'],
  [44, 12, 'parameters'],
  [44, 8, 'parameters'],
  [10, 3, 'parameters'],
] as const)('in %i x %i the %s stand where the areas say', (width, height, focused) => {
  const areas = roleFormAreas({ width, height, focused })
  const area = areas[focused]
  const text = 'x'.repeat(area.width)
  const instructions = Array<string>(30).fill(focused === 'instructions' ? text : '')
  const line = (field: string): string => (focused === field ? text : '')
  const lines = { name: line('name'), parameters: line('parameters') }
  const rows = form(width, height, { focused, instructions, ...lines })
  const filled = rows.flatMap((row, y) => (row.includes('xxx') ? [y] : []))
  expect(filled).toEqual(Array.from({ length: area.height }, (_, index) => area.y + index))
  expect(rows[area.y]?.indexOf('xxx')).toBe(area.x)
  expect(area.x + area.width).toBeLessThan(width)
})
