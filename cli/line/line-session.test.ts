import { expect, test } from 'vitest'
import { chooseModel } from './line-session.js'

const ids = ['openai/gpt-4o', 'openai/gpt-4o-mini', 'claude-opus']

test.each([
  ['openai/gpt-4o', 'openai/gpt-4o', true],
  ['OpenAI/GPT-4o', 'openai/gpt-4o', true],
  ['claude', 'claude-opus', true],
  // A wildcard of the gateway may know it: it decides.
  ['openai/o9', 'openai/o9', false],
])('/model %s means %s', (typed, id, known) => {
  expect(chooseModel(ids, typed)).toEqual({ id, known })
})

test('a beginning that several have is refused with the candidates', () => {
  expect(() => chooseModel(ids, 'openai/')).toThrow(
    expect.objectContaining({ hint: 'openai/gpt-4o, openai/gpt-4o-mini' }),
  )
})
