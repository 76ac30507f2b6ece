import { beforeAll, expect, test } from 'vitest'
import { runHostile, sinks } from '../../../test/support/hostile-run.js'
import { loadHighlighter } from '../../text/highlight.js'

beforeAll(loadHighlighter)

// All 20,000 are in test/service/hostile.test.ts.
test('hostile texts reach nothing but the cells of their panes', async () => {
  const report = await runHostile(4, 1_200)
  expect(report.strings).toBe(1_200)
  for (const sink of sinks) expect([sink, report.sinks[sink] > 20]).toEqual([sink, true])
}, 60_000)
