import { describe, expect, it } from 'vitest'
import type { Model } from '../../shared/contract/model.js'
import { normaliseModelInfo, normaliseModels } from './normalise-models.js'

const row = (name: string, info: object = {}, params: object = {}): object => ({
  model_name: name,
  litellm_params: params,
  model_info: { id: name, ...info },
})
const unknown: Model = {
  id: 'm',
  litellm_provider: null,
  mode: null,
  context_window: null,
  max_output: null,
  prices: { input: null, output: null },
  vision: null,
  tools: null,
  reasoning: null,
  deployments: 1,
}
const ids = (models: readonly Model[]): string[] => models.map((model) => model.id)

describe('normaliseModelInfo', () => {
  it.each<[name: string, rows: object[], model: Partial<Model>]>([
    ['nothing known', [row('m')], unknown],
    [
      'all known',
      [
        row('m', {
          mode: 'chat',
          litellm_provider: 'openai',
          max_input_tokens: 128_000,
          max_output_tokens: 4_096,
          max_tokens: 1,
          input_cost_per_token: 1.5e-7,
          output_cost_per_token: 6e-7,
          supports_vision: true,
          supports_function_calling: true,
          supports_reasoning: false,
        }),
      ],
      {
        mode: 'chat',
        litellm_provider: 'openai',
        context_window: 128_000,
        max_output: 4_096,
        prices: { input: 0.15, output: 0.6 },
        vision: true,
        tools: true,
        reasoning: false,
      },
    ],
    ['nulls are unknown', [row('m', { max_input_tokens: null, supports_vision: null })], unknown],
    [
      'free is a price',
      [row('m', { input_cost_per_token: 0 })],
      { prices: { input: 0, output: null } },
    ],
    [
      'the smallest window',
      [row('m', { max_input_tokens: 8 }), row('m'), row('m', { max_input_tokens: 4 })],
      { context_window: 4, deployments: 3 },
    ],
    [
      'the highest price',
      [row('m', { input_cost_per_token: 1e-6 }), row('m', { input_cost_per_token: 2e-6 })],
      { prices: { input: 2, output: null } },
    ],
    [
      'no is stronger than unknown',
      [row('m', { supports_vision: false }), row('m')],
      { vision: false },
    ],
    [
      'unknown is stronger than yes',
      [row('m', { supports_vision: true }), row('m')],
      { vision: null },
    ],
    ['one provider', [row('m', { litellm_provider: 'a' }), row('m')], { litellm_provider: 'a' }],
    [
      'two providers',
      [row('m', { litellm_provider: 'a' }), row('m', { litellm_provider: 'b' })],
      { litellm_provider: 'mixed' },
    ],
    [
      'the provider LiteLLM routes to',
      [row('m', {}, { model: 'ollama_chat/llama3' })],
      { litellm_provider: 'ollama_chat' },
    ],
    [
      'a provider by name',
      [row('m', {}, { model: 'x', custom_llm_provider: 'groq' })],
      { litellm_provider: 'groq' },
    ],
    ['max_tokens as a last resort', [row('m', { max_tokens: 100 })], { max_output: 100 }],
    ['floats are cut', [row('m', { max_input_tokens: 8192.0 })], { context_window: 8192 }],
  ])('%s', (_name, data, model) => {
    expect(normaliseModelInfo({ data })).toEqual([
      { ...unknown, deployments: data.length, ...model },
    ])
  })

  it('keeps the order, and only what can chat', () => {
    const data = [
      row('z'),
      row('e', { mode: 'embedding' }),
      row('a', { mode: 'responses' }),
      row('z'),
    ]
    expect(ids(normaliseModelInfo({ data }))).toEqual(['z', 'a'])
  })

  it('hides wildcards and sorts what they expand to, in place', () => {
    const names = ['z', 'f/c', 'y', 'f/a', 'f/*', 'f/b', 'a']
    const data = names.map((name) => row(name))
    expect(ids(normaliseModelInfo({ data }))).toEqual(['z', 'f/a', 'y', 'f/b', 'f/c', 'a'])
  })

  it('reads the one object of a LiteLLM without a config', () => {
    expect(ids(normaliseModelInfo({ data: row('only') }))).toEqual(['only'])
  })

  it('never passes parameters on', () => {
    const data = [row('m', {}, { model: 'openai/x', api_base: 'http://internal', api_key: 'sk-x' })]
    expect(JSON.stringify(normaliseModelInfo({ data }))).not.toMatch(/internal|sk-x/)
  })

  it.each([[{}], [null], ['x'], [{ data: 'x' }], [{ data: [null, 1, {}] }]])(
    '%o has none',
    (body) => {
      expect(normaliseModelInfo(body)).toEqual([])
    },
  )
})

describe('normaliseModels', () => {
  it.each<[name: string, model: object, normal: Partial<Model>]>([
    ['OpenAI, Ollama', { id: 'm', object: 'model', owned_by: 'library' }, {}],
    ['vLLM', { id: 'm', max_model_len: 4096 }, { context_window: 4096 }],
    ['llama.cpp', { id: 'm', meta: { n_ctx: 2048, n_ctx_train: 8192 } }, { context_window: 2048 }],
    ['an older llama.cpp', { id: 'm', meta: { n_ctx_train: 8192 } }, { context_window: 8192 }],
    [
      'LiteLLM',
      { id: 'm', max_input_tokens: 10, max_output_tokens: 5 },
      { context_window: 10, max_output: 5 },
    ],
    [
      'OpenRouter',
      {
        id: 'm',
        context_length: 1000,
        architecture: { input_modalities: ['text', 'image'], output_modalities: ['text'] },
        pricing: { prompt: '0.00000015', completion: '0.0000006' },
        top_provider: { max_completion_tokens: 100 },
        supported_parameters: ['tools', 'temperature'],
      },
      {
        context_window: 1000,
        max_output: 100,
        prices: { input: 0.15, output: 0.6 },
        vision: true,
        tools: true,
        reasoning: false,
      },
    ],
    ["OpenRouter's auto", { id: 'm', pricing: { prompt: '-1', completion: '' } }, {}],
  ])('%s', (_name, model, normal) => {
    expect(normaliseModels({ object: 'list', data: [model] })).toEqual([{ ...unknown, ...normal }])
  })

  it('leaves out what surely cannot chat, doubles and wildcards', () => {
    const names = [
      'dall-e-3',
      'gpt-4o',
      'text-embedding-3-small',
      'gpt-4o',
      'x/*',
      'whisper-1',
      'b',
    ]
    const data = [
      ...names.map((id) => ({ id })),
      { id: 'painter', architecture: { output_modalities: ['image'] } },
    ]
    expect(ids(normaliseModels({ data }))).toEqual(['gpt-4o', 'b'])
  })

  it('takes a bare list', () => {
    expect(ids(normaliseModels([{ id: 'a' }]))).toEqual(['a'])
    expect(ids(normaliseModels({ models: [{ name: 'a' }] }))).toEqual(['a'])
  })
})

describe('a list that is an attack', () => {
  const many = 60_000
  const inTime = (rows: object[]): Model[] => {
    const began = performance.now()
    const models = normaliseModelInfo({ data: rows })
    // Each name held against each other or each wildcard takes minutes.
    expect(performance.now() - began).toBeLessThan(15_000)
    return models
  }

  it('of one name over and over is one model', () => {
    const rows = Array.from({ length: many }, () => row('m', { max_input_tokens: 5 }))
    expect(inTime(rows)).toMatchObject([{ id: 'm', context_window: 5 }])
  })

  it('of wildcards ends after the first thousands', () => {
    const models = inTime(Array.from({ length: many }, (_, n) => row(n % 2 ? `w${n}*` : `m${n}`)))
    expect(models.length).toBeLessThanOrEqual(10_000)
    expect(models[0]).toMatchObject({ id: 'm0' })
  })

  it('has no price that is no number', () => {
    const prices = { input_cost_per_token: 1e305, output_cost_per_token: 1e305 }
    expect(normaliseModelInfo({ data: [row('m', prices)] })).toMatchObject([
      { prices: { input: null, output: null } },
    ])
  })
})
