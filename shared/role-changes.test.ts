import { expect, test } from 'vitest'
import { planRoles } from './role-changes.js'

const role = (name: string, instructions = 'Be brief.', params = {}) => ({
  name,
  instructions,
  params,
})

test('what is wanted first, in its order, then what is there beyond it', () => {
  const existing = [role('a'), role('b'), role('c', 'Old.'), role('d', 'x', { seed: 1 })]
  const wanted = [
    { name: 'new', instructions: 'Hi.' },
    role('c', 'New.'),
    role('a'),
    role('d', 'x'),
  ]
  const plan = planRoles(existing, wanted).map(({ action, name }) => `${action} ${name}`)
  expect(plan).toEqual(['create new', 'update c', 'unchanged a', 'update d', 'delete b'])
})

test('no parameters are none, and their order does not matter', () => {
  const existing = [role('a', 'x', {}), role('b', 'x', { top_p: 1, seed: 2 })]
  const wanted = [
    { name: 'a', instructions: 'x', params: null },
    role('b', 'x', { seed: 2, top_p: 1 }),
  ]
  expect(planRoles(existing, wanted).map(({ action }) => action)).toEqual([
    'unchanged',
    'unchanged',
  ])
})

test('names are exact: another case is another role', () => {
  const plan = planRoles([role('Poet')], [role('poet')])
  expect(plan.map(({ action, name }) => [action, name])).toEqual([
    ['create', 'poet'],
    ['delete', 'Poet'],
  ])
})
