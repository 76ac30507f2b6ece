import { expect, test } from 'vitest'
import { chooseModel, labelModel } from './choose-model.js'
import { catalogueOf } from './test-support.js'

const catalogue = catalogueOf({
  'openai/gpt-4o': 'openai',
  'openai/gpt-4o-mini': 'openai',
  'claude-opus': 'anthropic',
  bare: null,
})

test.each([
  ['openai/gpt-4o', 'openai/gpt-4o'],
  ['OpenAI/GPT-4o', 'openai/gpt-4o'],
  ['claude', 'claude-opus'],
])('%s means %s', (typed, id) => {
  expect(chooseModel(catalogue, typed)).toEqual({ id, doubt: undefined })
})

test('a beginning that several have is refused with the candidates', () => {
  expect(() => chooseModel(catalogue, 'openai/')).toThrow(
    expect.objectContaining({
      code: 'invalid_request',
      hint: 'openai/gpt-4o, openai/gpt-4o-mini',
    }),
  )
})

test.each([
  ['the list lacks it', catalogue, 'openai/o9', "The gateway's list does not have openai/o9:"],
  ['it is near another', catalogue, 'claude-opsu', 'The list has claude-opus.'],
  ['no list was read', undefined, 'claude', 'There is no list of models to look claude up in:'],
  [
    'no gateway answers',
    catalogueOf({ 'offline/demo': null }, 'offline'),
    'o3',
    'No gateway answers',
  ],
])('a name is used as typed, with a doubt, when %s', (_, list, typed, doubt) => {
  const chosen = chooseModel(list, typed)
  expect(chosen.id).toBe(typed)
  expect(chosen.doubt).toContain(doubt)
  expect(chosen.doubt).toContain('the gateway decides')
})

test('a label has the provider where there is one, and nothing a terminal would obey', () => {
  expect(labelModel(catalogue, 'claude-opus')).toBe('claude-opus (anthropic)')
  expect(labelModel(catalogue, 'bare')).toBe('bare')
  expect(labelModel(undefined, 'a\x1b[2J\nb')).toBe('a␛[2J b')
})
