import { describe, expect, it } from 'vitest'
import { Secret } from '../secret.js'
import { buildRequest } from './request.js'
import type { ChatMessage, ChatRequest } from './types.js'

const request: ChatRequest = {
  model: 'm',
  messages: [{ role: 'user', content: 'Hi', id: 7 } as ChatMessage],
  params: { temperature: 0.5, max_tokens: 9 },
  callId: 'turn-1',
  sessionId: 'session-1',
  noCache: true,
}
const standard = {
  model: 'm',
  messages: [{ role: 'user', content: 'Hi' }],
  stream: true,
  stream_options: { include_usage: true },
  temperature: 0.5,
  max_tokens: 9,
}

describe('buildRequest', () => {
  it.each(['generic', 'unknown'] as const)('sends only standard fields to %s', (kind) => {
    const wire = buildRequest(request, { kind, key: undefined, askUsage: true })
    expect(JSON.parse(wire.body)).toEqual(standard)
    expect(Object.keys(wire.headers).sort()).toEqual(['accept', 'content-type', 'user-agent'])
  })

  it('tells LiteLLM who calls, and to answer afresh', () => {
    const wire = buildRequest(request, { kind: 'litellm', key: new Secret('k'), askUsage: true })
    expect(JSON.parse(wire.body)).toEqual({ ...standard, cache: { 'no-cache': true } })
    expect(wire.headers).toMatchObject({
      authorization: 'Bearer k',
      'x-litellm-call-id': 'turn-1',
      'x-litellm-session-id': 'session-1',
    })
  })

  it('leaves out what was not asked for', () => {
    const plain: ChatRequest = { model: 'm', messages: [], callId: 'c' }
    const wire = buildRequest(plain, { kind: 'litellm', key: undefined, askUsage: false })
    expect(JSON.parse(wire.body)).toEqual({ model: 'm', messages: [], stream: true })
    expect(wire.headers).not.toHaveProperty('x-litellm-session-id')
  })
})
