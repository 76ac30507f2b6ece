import { expect, test } from 'vitest'
import { readExposition, sampleValue } from '../../test/support/exposition.js'
import { hostileText, randomOf } from '../../test/support/hostile.js'
import { boundedNames } from './bounded-names.js'
import { createRegistry } from './registry.js'

test('counters, gauges and histograms in the text format', () => {
  const registry = createRegistry()
  const counter = registry.counter('asked_total', 'Of all')
  const histogram = registry.histogram('took_seconds', 'A time', [0.1, 1])
  registry.gauge('live', 'Now', () => 3)
  registry.gauge('unknown', 'Nobody knows', () => undefined)
  counter.add(1, { kind: 'a' })
  counter.add(2, { kind: 'a' })
  counter.add(0.5, { kind: 'b' })
  for (const value of [0.05, 0.1, 0.5, 7]) histogram.observe(value)

  expect(registry.render()).toBe(`# HELP asked_total Of all
# TYPE asked_total counter
asked_total{kind="a"} 3
asked_total{kind="b"} 0.5
# HELP took_seconds A time
# TYPE took_seconds histogram
took_seconds_bucket{le="0.1"} 2
took_seconds_bucket{le="1"} 3
took_seconds_bucket{le="+Inf"} 4
took_seconds_sum 7.65
took_seconds_count 4
# HELP live Now
# TYPE live gauge
live 3
# HELP unknown Nobody knows
# TYPE unknown gauge
`)
  expect(sampleValue(readExposition(registry.render()), 'took_seconds_bucket', { le: '1' })).toBe(3)
})

test('a metric has one name, and one that scrapers take', () => {
  const registry = createRegistry()
  registry.counter('once_total', 'a')
  expect(() => registry.counter('once_total', 'b')).toThrow(TypeError)
  expect(() => registry.counter('no-name', 'b')).toThrow(TypeError)
})

test('no label value, and no help, leaves its place', () => {
  const random = randomOf(7)
  const values = [
    'plain',
    'a"b\\c\nd',
    '\\n is not a newline',
    '"} 1\nforged_total 99',
    '# HELP forged x',
    'line\u2028and\r\u0085end',
    '\ud800 half',
    ...Array.from({ length: 200 }, () => hostileText(random)),
  ]
  const registry = createRegistry()
  const counter = registry.counter('named_total', 'first\nsecond \\ third')
  for (const [index, model] of values.entries()) counter.add(1, { model, index: String(index) })
  const metrics = readExposition(registry.render())
  expect([...metrics.keys()]).toEqual(['named_total'])
  const { samples, help } = metrics.get('named_total') ?? { samples: [] }
  expect(help).toBe('first\\nsecond \\\\ third')
  expect(samples).toHaveLength(values.length)
  expect(samples[1]?.labels['model']).toBe('a"b\\c\nd')
  expect(samples[3]?.labels['model']).toBe('"} 1\nforged_total 99')
  expect(registry.render()).not.toMatch(/[\r\u0085\u2028\ud800]/)
})

test('the first fifty names keep their own figures, and a long one never', () => {
  const nameOf = boundedNames(50)
  expect(nameOf('x'.repeat(101))).toBe('other')
  const names = Array.from({ length: 60 }, (_, index) => `model-${index}`)
  expect(names.map(nameOf)).toEqual([...names.slice(0, 50), ...Array(10).fill('other')])
  expect(nameOf('model-7')).toBe('model-7')
})
