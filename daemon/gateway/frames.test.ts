import { describe, expect, it } from 'vitest'
import { type Frame, readFrame } from './frames.js'

const chunk = (fields: object): Frame => ({
  kind: 'chunk',
  text: '',
  reasoning: '',
  toolCall: false,
  ...fields,
})
const delta = (value: object, more: object = {}): object => ({
  choices: [{ index: 0, delta: value, ...more }],
})

describe('readFrame', () => {
  it.each<[name: string, body: object, frame: Frame]>([
    ['text', delta({ content: 'Hi' }), chunk({ text: 'Hi' })],
    ['role and text in one', delta({ role: 'assistant', content: 'Hi' }), chunk({ text: 'Hi' })],
    ['null text', delta({ role: 'assistant', content: null }), chunk({})],
    [
      'parts',
      delta({ content: [{ text: 'a' }, { type: 'x' }, { text: 'b' }] }),
      chunk({ text: 'ab' }),
    ],
    ['refusal', delta({ refusal: 'No.' }), chunk({ text: 'No.' })],
    [
      'reasoning_content',
      delta({ reasoning_content: 'Hm', thinking_blocks: [{ thinking: 'Hm' }] }),
      chunk({ reasoning: 'Hm' }),
    ],
    ['reasoning', delta({ reasoning: 'Hm' }), chunk({ reasoning: 'Hm' })],
    [
      'thinking blocks',
      delta({ thinking_blocks: [{ thinking: 'a' }, { thinking: 'b' }] }),
      chunk({ reasoning: 'ab' }),
    ],
    ['a tool call', delta({ tool_calls: [{ index: 0 }] }), chunk({ toolCall: true })],
    ['finish', delta({}, { finish_reason: 'stop' }), chunk({ finish: 'stop' })],
    [
      'finish as others say it',
      delta({}, { finish_reason: 'max_tokens' }),
      chunk({ finish: 'length' }),
    ],
    ['an unknown finish', delta({}, { finish_reason: 'tired' }), chunk({ finish: 'unknown' })],
    ['no finish yet', delta({ content: 'a' }, { finish_reason: null }), chunk({ text: 'a' })],
    ['empty choices', { choices: [] }, chunk({})],
    [
      'a whole completion',
      { choices: [{ message: { content: 'All' }, finish_reason: 'stop' }] },
      chunk({ text: 'All', finish: 'stop' }),
    ],
    ['the model', { model: 'm', choices: [] }, chunk({ model: 'm' })],
    [
      'fallback metadata',
      { id: 'litellm-fallback-metadata', choices: [], litellm_fallback: {} },
      chunk({}),
    ],
    [
      'usage',
      { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } },
      chunk({ usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } }),
    ],
    [
      'usage with a price',
      { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, cost: 0.5 } },
      chunk({ usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, cost_usd: 0.5 } }),
    ],
    [
      'usage that no tokens can be',
      { choices: [], usage: { prompt_tokens: -5, completion_tokens: 1e308, total_tokens: 2.7 } },
      chunk({ usage: { prompt_tokens: 0, completion_tokens: 1e12, total_tokens: 2 } }),
    ],
    [
      'a finish that every object has',
      delta({}, { finish_reason: '__proto__' }),
      chunk({ finish: 'unknown' }),
    ],
    [
      'a finish that is a method',
      delta({}, { finish_reason: 'constructor' }),
      chunk({ finish: 'unknown' }),
    ],
    ['a name of megabytes', { model: 'm'.repeat(2_000_000) }, chunk({ model: 'm'.repeat(1_000) })],
    ['usage without numbers', { choices: [], usage: {} }, chunk({})],
    ['error null', { error: null, choices: [] }, chunk({})],
    ['nonsense', { choices: 'x', usage: 1, model: {} }, chunk({})],
  ])('%s', (_name, body, frame) => {
    expect(readFrame({ data: JSON.stringify(body) })).toEqual(frame)
  })

  it('the end', () => {
    expect(readFrame({ data: '[DONE]' })).toEqual({ kind: 'end' })
    expect(readFrame({ data: ' [DONE] ' })).toEqual({ kind: 'end' })
  })

  it.each([
    [{ data: '{"error":{"message":"x"}}' }, { error: { message: 'x' } }],
    [{ data: '{"error":"x"}' }, { error: 'x' }],
    [{ data: '{"object":"error","message":"x"}' }, { object: 'error', message: 'x' }],
    [{ event: 'error', data: '{"message":"x"}' }, { message: 'x' }],
    [{ data: 'boom: it broke' }, 'boom: it broke'],
    [{ data: '[1]' }, '[1]'],
  ])('an error: %o', (event, payload) => {
    expect(readFrame(event)).toEqual({ kind: 'error', payload })
  })
})
