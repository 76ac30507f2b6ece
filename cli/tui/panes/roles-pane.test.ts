import { createElement } from 'react'
import { expect, test } from 'vitest'
import { drawPlain, sized } from './fixtures/draw.js'
import { overlayRoleAt, RolesOverlay } from './list-overlays.js'
import { RolesPane, type RolesPaneProps, roleAt } from './roles-pane.js'

const roles = ['DBA', 'Code reviewer', 'Translator zh→en']

function pane(width: number, height: number, change: Partial<RolesPaneProps> = {}): string[] {
  const props = { ...sized(width, height), focused: true, roles, active: 0, selected: 1 }
  return drawPlain(createElement(RolesPane, { ...props, ...change }), width)
}

test('the roles stand between none and a new one, the active one marked and called so', () => {
  expect(pane(27, 6)).toEqual([
    '▌ROLES (3)        ^T roles',
    '   (none)',
    '▌● DBA              active',
    '   Code reviewer',
    '   Translator zh→en',
    '   + new role',
  ])
})

test('a narrow pane cuts names', () => {
  expect(pane(14, 6)).toEqual([
    '▌ROLES (3)',
    '   (none)',
    '▌● DBA active',
    '   Code revi…',
    '   Translato…',
    '   + new role',
  ])
})

test('without a role, none is the active one', () => {
  expect(pane(27, 6, { active: undefined })[1]).toBe(' ● (none)           active')
})

test('a row of the pane is the row that can be selected there', () => {
  const rows = [0, 1, 2, 5, 6].map((row) => roleAt({ height: 8, selected: 0, roles }, row))
  expect(rows).toEqual([undefined, 0, 1, 4, undefined])
})

test('the overlay is the pane in a frame', () => {
  const props = { ...sized(30, 7), roles, active: undefined, selected: 4 }
  expect(drawPlain(createElement(RolesOverlay, props), 30)).toEqual([
    '╭────────────────────────────╮',
    '│▌ROLES (3)         ^T roles │',
    '│   Code reviewer            │',
    '│   Translator zh→en         │',
    '│▌  + new role               │',
    '│   ↑ 2 more                 │',
    '╰─ ↑↓ choose · enter use ────╯',
  ])
  expect(overlayRoleAt(props, 4)).toBe(4)
})
