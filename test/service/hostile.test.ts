import { beforeAll, expect, test } from 'vitest'
import { loadHighlighter } from '../../cli/text/highlight.js'
import { runHostile, sinks } from '../support/hostile-run.js'

beforeAll(loadHighlighter)

const strings = 20_000

test('20,000 hostile texts reach nothing but the cells of their panes', async () => {
  const report = await runHostile(1_000, strings)
  expect(report.strings).toBe(strings)
  expect(report.frames).toBeGreaterThan(strings / 3)
  for (const sink of sinks) expect([sink, report.sinks[sink] > 300]).toEqual([sink, true])
}, 900_000)
