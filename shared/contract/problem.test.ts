import { describe, expect, it } from 'vitest'
import { settingKeys } from '../settings.js'
import { gatewayCodes, type ProblemCode, problems } from './problem.js'

/** These say in their detail what to do: it depends on what was asked for. */
const bySentence: readonly ProblemCode[] = [
  'invalid_request',
  'forbidden',
  'not_found',
  'payload_too_large',
]
const hinted = (Object.keys(problems) as ProblemCode[]).filter((code) => !bySentence.includes(code))

describe('a hint', () => {
  it.each(hinted)('of %s says in one line what to do', (code) => {
    const { hint = '' } = problems[code]
    expect(hint).toMatch(/^\S.{15,119}$/)
    expect(hint).not.toBe(problems[code].title)
  })

  it('names no setting that there is not', () => {
    const named = hinted.flatMap((code) =>
      [...(problems[code].hint ?? '').matchAll(/c2a config set (\S+)/g)].map(([, key]) => key),
    )
    expect(named).toContain('gateway.url')
    for (const key of named) expect(settingKeys).toContain(key)
  })
})

it('every failure of a model or its gateway ends ask as one, with 6; only a stop with 7', () => {
  const exits = gatewayCodes.map((code) => [code, problems[code].exit])
  const expected = gatewayCodes.map((code) => [code, code === 'cancelled' ? 7 : 6])
  expect(exits).toEqual(expected)
})
