import { expect, test } from 'vitest'
import { answer, failure } from '../../test/fakes/upstream/steps.js'
import { startUpstream } from '../../test/fakes/upstream/upstream.js'
import { ask, collect, testGateway } from './test-support.js'

test.each([
  [400, 'System role not supported'],
  [500, 'Value is not callable: System role not supported at row 1'],
  [400, 'GeminiException - Developer instruction is not enabled for models/gemma-3-27b-it'],
  [400, 'Conversation roles must alternate user/assistant/user/assistant/...'],
  [422, 'System messages are not supported by this model'],
])(
  'folds the role into the question where a system message is refused (%i %s)',
  async (status, why) => {
    const steps = ({ body }: { body: Record<string, unknown> }) => {
      const messages = body['messages'] as { role: string; content: string }[]
      const isRefused = messages.some(({ role }) => role === 'system')
      return isRefused ? [failure(status, why)] : answer(JSON.stringify(messages))
    }
    const server = await startUpstream({
      scripts: { gemma: { steps }, other: { steps: () => answer('ok') } },
    })
    const one = testGateway(server)
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hm.' },
      { role: 'user', content: 'Well?' },
    ] as const
    const folded = [{ role: 'user', content: 'Be brief.\n\nHi' }, ...messages.slice(2)]
    for (const hits of [2, 3]) {
      const { text } = await collect(one, { ...ask('gemma'), messages })
      expect(JSON.parse(text)).toEqual(folded)
      // It is remembered, of this model alone.
      expect(server.hits('gemma')).toBe(hits)
    }
    await collect(one, { ...ask('other'), messages })
    expect(server.requests.at(-1)?.body['messages']).toEqual(messages)
    await server.close()
  },
)

test('a refusal of something else is told as it is, after one call', async () => {
  const server = await startUpstream({
    scripts: { picky: { steps: () => [failure(400, 'roles must alternate')] } },
  })
  const { error } = await collect(testGateway(server), ask('picky'))
  expect([error?.code, server.hits('picky')]).toEqual(['bad_request', 1])
  await server.close()
})
