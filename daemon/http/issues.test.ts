import { expect, test } from 'vitest'
import { ChatBody } from '../../shared/contract/chat.js'
import { ListQuery, type z } from '../../shared/contract/common.js'
import { NewRole, RolePatch } from '../../shared/contract/role.js'
import { getSession, NewSession } from '../../shared/contract/session.js'
import { describeIssues } from './issues.js'

function said(schema: z.ZodType, value: unknown): string {
  const parsed = schema.safeParse(value)
  return parsed.success ? 'taken' : describeIssues(parsed.error)
}

const long = (length: number) => 'x'.repeat(length)
const message = 'hi'

test.each<[string, z.ZodType, unknown]>([
  ['message: is missing', ChatBody, {}],
  ['message: must be a string', ChatBody, { message: 5 }],
  ['model: must not be empty', ChatBody, { message, model: ' ' }],
  ['model: must have at most 200 characters', ChatBody, { message, model: long(201) }],
  ['model: must not contain a comma or control characters', ChatBody, { message, model: 'a,b' }],
  ['plan.answering_model: is missing', ChatBody, { message, plan: { planning_model: 'a' } }],
  ['temperature: must be a number from 0 to 2', ChatBody, { message, temperature: 3 }],
  ['max_tokens: must be a whole number from 1 to 2147483647', ChatBody, { message, max_tokens: 0 }],
  ['top_p: must be a number from 0 to 1', ChatBody, { message, top_p: 'x' }],
  [
    'params.stop: must be a text of 1 to 1000 characters, or a list of 1 to 4 of them',
    NewSession,
    { params: { stop: '' } },
  ],
  ['params.stop.1: must not be empty', NewSession, { params: { stop: ['a', ''] } }],
  [
    'params.temperature: must be a number from 0 to 2',
    RolePatch,
    { params: { temperature: null } },
  ],
  ['role_id: must be an id (a UUID)', ChatBody, { message, role_id: 'x' }],
  ['the body must be an object', ChatBody, [1]],
  ['name: must not be empty; instructions: is missing', NewRole, { name: '' }],
  ['name: must have at most 100 characters', NewRole, { name: long(101), instructions: 'x' }],
  [
    'instructions: must have at most 1,000,000 characters',
    NewRole,
    { name: 'a', instructions: long(1_000_001) },
  ],
  ['name at least one of name, instructions, params', RolePatch, {}],
  ['title: must have at most 200 characters', NewSession, { title: long(201) }],
  ['ephemeral: must be true or false', NewSession, { ephemeral: 'x' }],
  ['limit: must be a number', ListQuery, { limit: 'many' }],
  ['limit: must be at most 1,000', ListQuery, { limit: '1001' }],
  ['id: must be an id (a UUID)', getSession.request.params, { id: '1' }],
])('%s', (expected, schema, value) => {
  expect(said(schema, value)).toBe(expected)
})

test('a field that nobody knows is named, with the ones that are known', () => {
  const words = said(ChatBody, { message, modle: 'x', top_k: 1 })
  expect(words).toMatch(
    /^unknown: modle \(did you mean model\?\), top_k \(did you mean top_p\?\); known are message, model, role_id, role, plan, temp/,
  )
})

test('so is a parameter of a session or a role, however many and long they are', () => {
  const params = { temprature: 1, [long(900)]: 1, a: 1, b: 1 }
  const words = said(NewSession, { params })
  expect(words).toBe(
    `params: unknown: temprature (did you mean temperature?), ${long(40)}…, a, …; known are ` +
      'temperature, top_p, max_tokens, seed, stop, reasoning_effort',
  )
  expect(said(NewRole, { name: 'a', instructions: 'b', params })).toBe(words)
})
