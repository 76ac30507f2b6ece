import { createElement } from 'react'
import { expect, test } from 'vitest'
import { drawPlain, sized } from './fixtures/draw.js'
import { ModelPicker, type ModelPickerProps, modelAt, modelFilterCaret } from './model-picker.js'

const unknown = {
  ...{ provider: null, window: null, abilities: '   ' },
  prices: { input: null, output: null },
}
const models = [
  {
    ...{ id: 'gpt-4o', provider: 'openai', window: 128_000, current: true, use: 'answerer' },
    prices: { input: 2.5, output: 10 },
    abilities: 'V R',
  },
  {
    ...{ id: 'local/llama', provider: 'ollama', window: 8_192, current: false },
    prices: { input: 0, output: 0 },
    abilities: ' T ',
  },
  { id: 'offline/demo', ...unknown, current: false },
]

function picker(width: number, height: number, change: Partial<ModelPickerProps> = {}): string[] {
  const list = { kind: 'fresh' as const }
  const props = { ...sized(width, height), models, selected: 0, filter: 'o', list }
  return drawPlain(createElement(ModelPicker, { ...props, ...change }), width)
}

test('models stand in columns: provider, window, prices per million tokens, abilities', () => {
  expect(picker(76, 6, { list: { kind: 'stale', age: '5 min' } })).toEqual([
    '╭─ MODELS (3) ──────────────────────────────────────── ! stale, 5 min old ─╮',
    '│ / o                                       V vision  T tools  R reasoning │',
    '│▌● gpt-4o answerer               openai          128k      $2.50/$10  V R │',
    '│   local/llama                   ollama            8k          $0/$0   T  │',
    '│   offline/demo                  -                  -              -      │',
    '╰─ enter use · p planner · a answerer · / find · r refresh · esc close ────╯',
  ])
})

test('names that begin alike are told apart, at every width', () => {
  const names = ['a', 'b'].map((end) => `openrouter/anthropic/a-model-with-a-long-name-${end}`)
  const long = names.map((id) => ({ id, ...unknown, current: false, use: 'planner' }))
  for (let width = 24; width <= 100; width += 4) {
    const [first, second] = picker(width, 5, { models: long, selected: 0 }).slice(2)
    expect(first?.replace('▌', ' '), String(width)).not.toBe(second)
  }
  expect(picker(80, 4, { models: long })[2]).toContain('openrou…th-a-long-name-a planner')
})

test('a list that has just become stale says so without an age', () => {
  expect(picker(40, 5, { list: { kind: 'stale', age: 'now' } })[0]).toContain(' ! stale ─')
})

test('a narrow picker drops columns, and the name stays', () => {
  expect(picker(40, 6, { models: models.slice(0, 1) })).toEqual([
    '╭─ MODELS (1) ─────────────────────────╮',
    '│ / o                                  │',
    '│▌● gpt-4o answerer               128k │',
    '│                                      │',
    '│                                      │',
    '╰─ enter use · p planner · a answerer ─╯',
  ])
  expect(picker(20, 4)[2]).toBe('│▌● gpt-4o answerer│')
})

test('an empty picker says why', () => {
  const sentence = (filter: string, kind: 'fresh' | 'asking') =>
    picker(40, 5, { models: [], filter, list: { kind } })[2]?.slice(1, -1).trim()
  expect(sentence('zz', 'fresh')).toBe('no model matches')
  expect(sentence('', 'fresh')).toBe('the gateway has no models')
  expect(sentence('', 'asking')).toBe('asking the gateway…')
})

test('a list without a gateway is marked as such', () => {
  expect(picker(40, 5, { list: { kind: 'offline' } })[0]).toContain('○ no gateway')
})

test('while the filter is typed the keys are its own', () => {
  const footer = (filter: string) => picker(80, 5, { filtering: true, filter }).at(-1)
  expect(footer('')).toContain('letters find · tab to the list: planner, answerer · esc close')
  expect(footer('g')).toContain('esc to the list')
})

test('a row of the picker is the model that stands there, and the caret is behind the filter', () => {
  const props = { width: 40, height: 6, selected: 0, models, filter: 'gpt' }
  expect([1, 2, 4, 5].map((row) => modelAt(props, row))).toEqual([undefined, 0, 2, undefined])
  expect(modelFilterCaret(props)).toEqual({ x: 7, y: 1 })
})
