import { beforeAll, beforeEach, expect, test } from 'vitest'
import type { Hint } from '../../shared/contract/hint.js'
import type { AppliedRoles, RolesToApply } from '../../shared/contract/role.js'
import { ask, send, type TestDaemon } from '../../test/support/daemon.js'
import type { TestDatabase } from '../../test/support/database.js'
import { invite } from '../../test/support/people.js'
import { startStage } from '../../test/support/stage.js'

let database: TestDatabase
let daemon: TestDaemon

beforeAll(async () => {
  const stage = await startStage({ upstream: { litellm: true } })
  ;({ database, daemon } = stage)
  return stage.close
})
beforeEach(() => database.pool.query('DELETE FROM roles'))

const apply = (body: RolesToApply) => daemon.client.applyRoles(body)
const told = ({ changes }: AppliedRoles) =>
  changes.map(({ action, name, revision }) => `${action} ${name} ${revision}`)
const names = async () => (await daemon.client.listRoles()).map(({ name }) => name)

const poet = { name: 'Poet', instructions: 'Rhyme.', params: { temperature: 1 } }
const editor = { name: 'Editor', instructions: 'Cut.' }

test('roles are made, changed and kept; twice is once', async () => {
  expect(told(await apply({ roles: [poet, editor] }))).toEqual(['create Poet 1', 'create Editor 1'])
  const again = await apply({ roles: [poet, editor] })
  expect(told(again)).toEqual(['unchanged Poet 1', 'unchanged Editor 1'])
  const changed = { ...poet, instructions: 'Rhyme more.' }
  expect(told(await apply({ roles: [changed, editor] }))).toEqual([
    'update Poet 2',
    'unchanged Editor 1',
  ])
  // Without parameters it has none.
  const bare = { name: 'Poet', instructions: 'Rhyme more.' }
  expect(told(await apply({ roles: [bare] }))).toEqual(['update Poet 3'])
  expect(await daemon.client.listRoles()).toMatchObject([editor, { ...bare, params: {} }])
})

test('other roles stay, unless they are to be pruned; their sessions go on without one', async () => {
  await apply({ roles: [poet, editor] })
  const { sessionId } = await ask(daemon, { model: 'ok', message: 'Hi' })
  await daemon.client.patchSession(sessionId, { role: 'Editor' })
  await apply({ roles: [poet] })
  expect(await names()).toEqual(['Editor', 'Poet'])
  const pruned = await apply({ roles: [poet], prune: true })
  expect(told(pruned)).toEqual(['unchanged Poet 1', 'delete Editor 1'])
  expect(await names()).toEqual(['Poet'])
  expect((await daemon.client.getSession(sessionId)).role_id).toBeNull()
})

test('a dry run says the same and changes nothing', async () => {
  await apply({ roles: [poet, editor] })
  const roles = [
    { ...poet, instructions: 'Other.' },
    { name: 'New', instructions: 'x' },
  ]
  const dry = await apply({ roles, prune: true, dry_run: true })
  expect(dry.dry_run).toBe(true)
  expect(told(dry)).toEqual(['update Poet 1', 'create New null', 'delete Editor 1'])
  expect(await daemon.client.listRoles()).toMatchObject([editor, poet])
})

test('all or none: a text that Postgres refuses leaves everything as it was', async () => {
  await apply({ roles: [poet] })
  await database.pool.query(
    `ALTER TABLE roles ADD CONSTRAINT no_forbidden CHECK (instructions <> 'forbidden')`,
  )
  const roles = [editor, { name: 'X', instructions: 'forbidden' }]
  await expect(apply({ roles, prune: true })).rejects.toMatchObject({ code: 'internal' })
  await database.pool.query('ALTER TABLE roles DROP CONSTRAINT no_forbidden')
  expect(await names()).toEqual(['Poet'])
})

test('many at once leave one of the states that were asked for', async () => {
  const states = Array.from({ length: 8 }, (_, state) =>
    ['a', 'b', 'c'].map((name) => ({ name, instructions: `state ${state}` })),
  )
  await Promise.all(states.map((roles) => apply({ roles, prune: true })))
  const roles = await daemon.client.listRoles()
  expect(roles.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  expect(new Set(roles.map(({ instructions }) => instructions)).size).toBe(1)
})

test('open clients hear of what changed, and of nothing else', async () => {
  const first = await apply({ roles: [poet, editor] })
  const ids = new Map(first.changes.map(({ name, id }) => [name, id]))
  const end = new AbortController()
  const hints = await daemon.client.events(end.signal)
  const heard: Hint[] = []
  const roles = [{ ...poet, instructions: 'Other.' }]
  let isApplied = false
  for await (const some of hints) {
    heard.push(...some)
    if (!isApplied) {
      isApplied = true
      await apply({ roles, prune: true })
    }
    if (heard.some(({ event }) => event === 'role.deleted')) break
  }
  end.abort()
  expect(heard.filter(({ event }) => event.startsWith('role'))).toEqual([
    { event: 'role.changed', data: { id: ids.get('Poet') } },
    { event: 'role.deleted', data: { id: ids.get('Editor') } },
  ])
})

test.each([
  [{ roles: [poet, poet] }, 'every name may be there once'],
  [{ roles: [{ name: ' Poet ', instructions: 'x' }, poet] }, 'every name may be there once'],
  [{ roles: [{ name: 'x', instructions: ' ' }] }, 'roles.0.instructions'],
  [{ roles: [poet, { name: '', instructions: 'x' }] }, 'roles.1.name'],
  [{ roles: [{ ...poet, params: { temperature: 9 } }] }, 'roles.0.params.temperature'],
  [{}, 'roles'],
  [{ roles: [], prune: true, dryrun: true }, 'dryrun'],
  [{ roles: [{ ...poet, param: {} }] }, 'param'],
])('%j is refused', async (body, why) => {
  const { status, text } = await send(daemon, '/api/roles/apply', {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
  expect([status, JSON.parse(text).code]).toEqual([400, 'invalid_request'])
  expect(JSON.parse(text).detail).toContain(why)
})

test('it is for admins', async () => {
  const ann = await invite(daemon, 'ann-without-roles', { scope: 'chat' })
  await expect(ann.client.applyRoles({ roles: [] })).rejects.toMatchObject({ code: 'forbidden' })
})
