import { expect, test } from 'vitest'
import { abilitiesOf, abilityMarks, formatPrice, formatTokens } from './model-figures.js'

test.each([
  [null, '-'],
  [512, '512'],
  [8_192, '8k'],
  [128_000, '128k'],
  [1_048_576, '1.0M'],
  [10_000_000, '10.0M'],
])('%s tokens are shown as %s', (tokens, shown) => {
  expect(formatTokens(tokens)).toBe(shown)
})

test.each([
  [null, '-'],
  [0, '0'],
  [0.0035, '0.004'],
  [0.15, '0.15'],
  [2.5, '2.50'],
  [75, '75.00'],
])('a price of %s is shown as %s', (dollars, shown) => {
  expect(formatPrice(dollars)).toBe(shown)
})

test('what a model can do is words, or three cells; what is not known is not said', () => {
  const model = { vision: true, tools: null, reasoning: true }
  expect(abilitiesOf(model)).toEqual(['vision', 'reasoning'])
  expect(abilityMarks(model)).toBe('V R')
  expect(abilityMarks({ vision: false, tools: true, reasoning: false })).toBe(' T ')
})
