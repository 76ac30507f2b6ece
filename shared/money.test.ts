import { expect, test } from 'vitest'
import { formatDollars } from './money.js'

test('money has the decimals that matter', () => {
  const amounts = [0, 12.3, 0.1, 0.0999, 0.0123, 0.001, 0.0005, 0.000_05, 0.000_017, 0.000_000_04]
  expect(amounts.map((amount) => formatDollars(amount))).toEqual(
    '$0 $12.30 $0.10 $0.0999 $0.0123 $0.0010 $0.0005 $0.00005 $0.000017 $0.00000004'.split(' '),
  )
})

test('a sum of almost nothing is not shown as nothing', () => {
  expect(formatDollars(1e-12)).toBe('<$0.00000001')
})

test('what was estimated has a mark', () => {
  expect(formatDollars(0.0012, true)).toBe('~$0.0012')
})
