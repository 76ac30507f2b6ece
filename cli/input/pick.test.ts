import { describe, expect, test } from 'vitest'
import type { Session } from '../../shared/contract/session.js'
import { pickByName, pickSession } from './pick.js'

const roles = ['Poet', 'Reviewer', 'reviewer', 'Senior Reviewer'].map((name) => ({ name }))

describe('pickByName', () => {
  test.each([
    ['Poet', 'Poet'],
    [' poet ', 'Poet'],
    ['reviewer', 'reviewer'],
    ['Reviewer', 'Reviewer'],
    ['sen', 'Senior Reviewer'],
  ])('%j is %s', (typed, name) => {
    expect(pickByName(roles, typed, 'role').name).toBe(name)
  })

  test('what several may mean is refused with the candidates', () => {
    expect(() => pickByName(roles, 'rev', 'role')).toThrow(
      expect.objectContaining({ exit: 2, hint: 'Reviewer, reviewer' }),
    )
    expect(() => pickByName(roles, 'REVIEWER', 'role')).toThrow(
      expect.objectContaining({ exit: 2 }),
    )
  })

  test('what is not there is not found, and says what is', () => {
    expect(() => pickByName(roles, 'nobody', 'role')).toThrow(
      expect.objectContaining({ exit: 5, hint: expect.stringContaining('Poet') }),
    )
    expect(() => pickByName([], 'nobody', 'role')).toThrow(
      expect.objectContaining({ exit: 5, hint: 'There are no roles yet.' }),
    )
  })
})

describe('pickSession', () => {
  const sessionOf = (id: string): Session => ({
    id,
    title: `title of ${id.slice(0, 4)}`,
    model: null,
    role_id: null,
    plan: null,
    params: {},
    live_turn_id: null,
    created_at: '2026-03-01T10:00:00.000Z',
    updated_at: '2026-03-01T10:00:00.000Z',
  })
  const ids = [
    'aaaa1111-0000-4000-8000-000000000000',
    'aaaa2222-0000-4000-8000-000000000000',
    'bbbb1111-0000-4000-8000-000000000000',
  ]
  const client = {
    listSessions: () => Promise.resolve(ids.map(sessionOf)),
    getSession: (id: string) => Promise.resolve(sessionOf(id)),
  }

  test.each([
    ['bbbb', ids[2]],
    ['AAAA1', ids[0]],
    ['aaaa2222-00', ids[1]],
    // A whole id is asked for, also when it is not listed.
    ['cccc1111-0000-4000-8000-000000000000', 'cccc1111-0000-4000-8000-000000000000'],
  ])('%s is %s', async (typed, id) => {
    expect((await pickSession(client, typed)).id).toBe(id)
  })

  test.each([
    ['aaaa', 2, 'title of aaaa'],
    ['aaa', 2, 'four characters'],
    ['not-an-id', 2, 'four characters'],
    ['dddd', 5, undefined],
  ])('%s is refused', async (typed, exit, hint) => {
    await expect(pickSession(client, typed)).rejects.toMatchObject({
      exit,
      hint: hint === undefined ? undefined : expect.stringContaining(hint),
    })
  })
})
