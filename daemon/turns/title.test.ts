import { expect, test } from 'vitest'
import { titleOf } from './title.js'

test.each(['*', '`', '[', '**a ', '[a](', '~~x ', '# ', '> - ', '_', '*a', ' ', '[]('])(
  'megabytes of nothing but %j are looked at in their beginning alone',
  (mark) => {
    expect([...titleOf(mark.repeat(1_000_000))].length).toBeLessThanOrEqual(60)
  },
)
