import { describe, expect, test } from 'vitest'
import type { CallParams, ParamName, Params } from './contract/param-table.js'
import { addParam, applyParams, paramNamed, parseParam, readParams, showParams } from './params.js'

describe('what applies', () => {
  test.each<[string, CallParams, CallParams, CallParams | undefined, CallParams]>([
    ['nothing where nobody says anything', {}, {}, undefined, {}],
    [
      "the call's",
      { temperature: 1 },
      { temperature: 0.5 },
      { temperature: 0 },
      { temperature: 1 },
    ],
    ["else the session's", {}, { temperature: 0.5 }, { temperature: 0 }, { temperature: 0.5 }],
    ["else the role's", {}, {}, { temperature: 0 }, { temperature: 0 }],
    [
      'each by itself',
      { seed: 1 },
      { top_p: 0.1, seed: 2 },
      { stop: 'x', top_p: 0.2, seed: 3 },
      { top_p: 0.1, seed: 1, stop: 'x' },
    ],
    [
      'nothing of what a call says null to',
      { temperature: null },
      { temperature: 1 },
      { temperature: 2 },
      {},
    ],
    [
      'what is left open as if it were not there',
      { seed: undefined },
      { seed: 4 },
      {},
      { seed: 4 },
    ],
    ['zero is a value', { temperature: 0 }, { temperature: 1 }, {}, { temperature: 0 }],
  ])('%s', (_, call, session, role, expected) => {
    const applied = applyParams(call, session, role)
    expect(applied).toEqual(expected)
    expect(Object.values(applied)).not.toContain(undefined)
  })

  test('and nothing that the table does not know, however it got into the database', () => {
    expect(applyParams({}, { tools: [], seed: 1 } as CallParams)).toEqual({ seed: 1 })
  })
})

describe('NAME=VALUE', () => {
  const all = (...typed: string[]) =>
    typed.reduce<CallParams | undefined>((before, text) => addParam(text, before), undefined)

  test.each<[string[], CallParams]>([
    [['temperature=0.5'], { temperature: 0.5 }],
    [['temperature=.5', 'temperature=1e-1'], { temperature: 0.1 }],
    [['Max-Tokens=100', 'seed=-7'], { max_tokens: 100, seed: -7 }],
    [['reasoning_effort=low'], { reasoning_effort: 'low' }],
    [['temperature='], { temperature: null }],
    [['stop= a=b '], { stop: ' a=b ' }],
    [['stop=a', 'stop=b', 'stop=c'], { stop: ['a', 'b', 'c'] }],
    [['stop=["a","\\n"]'], { stop: ['a', '\n'] }],
    [['stop=[a'], { stop: '[a' }],
    [['stop=a', 'stop=', 'stop=b'], { stop: 'b' }],
  ])('%j', (typed, expected) => {
    expect(all(...typed)).toEqual(expected)
  })

  test.each<[string[], string]>([
    [['temperature=3'], 'temperature must be a number from 0 to 2, not "3"'],
    [['temperature=0,7'], 'temperature must be a number from 0 to 2, not "0,7"'],
    [['temperature=NaN'], 'temperature must be a number from 0 to 2, not "NaN"'],
    [['max_tokens=1.5'], 'max_tokens must be a whole number from 1 to 2147483647, not "1.5"'],
    [['max_tokens=0x10'], 'max_tokens must be a whole number from 1 to 2147483647, not "0x10"'],
    [['reasoning_effort=hihg'], 'did you mean high, not "hihg"? Usual are none, minimal, low'],
    [['reasoning_effort=a b'], 'reasoning_effort must be a word of 1 to 20 letters'],
    [['stop=a', 'stop=b', 'stop=c', 'stop=d', 'stop=e'], 'a list of 1 to 4 of them: too many'],
    [['temperature'], '-o takes NAME=VALUE, not "temperature"'],
    [
      ['temprature=1'],
      'unknown parameter: temprature (did you mean temperature?); known are temperature, top_p, max_tokens, seed, stop, reasoning_effort',
    ],
    [['__proto__=1'], 'unknown parameter: __proto__; known are temperature'],
    [['=1'], 'known are temperature'],
  ])('%j is refused', (typed, message) => {
    expect(() => all(...typed)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        exit: 2,
        message: expect.stringContaining(message),
      }),
    )
  })
})

test('a name may be typed in capitals and with hyphens', () => {
  expect(paramNamed(' TOP-P ')).toBe('top_p')
})

test('what is shown can be typed', () => {
  const set = { stop: ['\n', 'b'], temperature: 0.5, reasoning_effort: 'low' }
  expect(showParams(set)).toBe('temperature=0.5 stop=["\\n","b"] reasoning_effort=low')
  expect(parseParam('stop' satisfies ParamName, '["\\n","b"]')).toEqual(set.stop)
  expect(showParams({})).toBe('')
})

test.each<Params>([
  {},
  { temperature: 0.3, max_tokens: 400, reasoning_effort: 'low' },
  { stop: 'END' },
  { stop: ' \n' },
  { seed: 7, stop: ['a seed=8', '"]', '\\'], top_p: 1 },
])('what is shown of all of them can be typed: %j', (set) => {
  expect(readParams(`  ${showParams(set)} `)).toEqual(set)
})

test.each([
  ['temperature 1', 'a parameter is NAME=VALUE, not "temperature 1"'],
  ['seed=1 temprature=1', 'unknown parameter: temprature (did you mean temperature?)'],
  ['seed=1 x top_p=1', 'seed must be a whole number'],
])('typed as %j they are refused', (text, message) => {
  expect(() => readParams(text)).toThrow(message)
})

test('a usual word may be typed in capitals', () => {
  expect(parseParam('reasoning_effort', ' High ')).toBe('high')
})

test.each(['max', 'auto', 'disable', 'default', 'xhigh'])('a server may know %s', (word) => {
  expect(parseParam('reasoning_effort', word)).toBe(word)
})
