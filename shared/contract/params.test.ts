import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from './common.js'
import { expectedOf, isAllowed, paramNames, paramTable } from './param-table.js'
import { callParams, Params } from './params.js'

describe('the schema is the table', () => {
  test('with the same names, in one call and where they are kept', () => {
    expect(Object.keys(Params.shape)).toEqual(paramNames)
    expect(Object.keys(callParams)).toEqual(paramNames)
  })

  test('with its ranges and meanings, which the API publishes', () => {
    const { properties } = z.toJSONSchema(Params)
    for (const name of paramNames) {
      const spec = paramTable[name]
      const isNumber = spec.kind === 'number' || spec.kind === 'integer'
      expect(properties?.[name]).toMatchObject({
        description: spec.meaning,
        ...(isNumber && { type: spec.kind, minimum: spec.least, maximum: spec.most }),
        ...(spec.kind === 'word' && { type: 'string', maxLength: spec.longest }),
      })
    }
  })

  const edges = paramNames.flatMap((name): (string | number)[] => {
    const spec = paramTable[name]
    if (spec.kind === 'texts') return ['', 'a'.repeat(spec.longest), 'a'.repeat(spec.longest + 1)]
    if (spec.kind === 'word') return ['a b', 'low', 'x'.repeat(spec.longest + 1)]
    return [spec.least, spec.least - 1, spec.most, spec.most + 1, spec.least + 0.5, Number.NaN]
  })
  const list = fc.array(fc.string({ maxLength: 2 }), { maxLength: 6 })
  const anything = fc.oneof(fc.constantFrom(...edges), fc.double(), fc.integer(), list, fc.string())

  test.each(paramNames)('and takes what it takes: %s', (name) => {
    fc.assert(
      fc.property(anything, (value) => {
        expect(Params.safeParse({ [name]: value }).success).toBe(isAllowed(name, value))
      }),
      { numRuns: 500 },
    )
    for (const value of [true, {}, [1], [[]], null]) {
      expect([value, Params.safeParse({ [name]: value }).success]).toEqual([value, false])
      expect(isAllowed(name, value)).toBe(false)
    }
    expect(z.object(callParams).parse({ [name]: null })).toEqual({ [name]: null })
  })

  test.each(paramNames)('and says in a refusal what %s may be', (name) => {
    const messages = Params.safeParse({ [name]: {} }).error?.issues.map(({ message }) => message)
    expect(messages).toEqual([`must be ${expectedOf(name)}`])
  })
})
