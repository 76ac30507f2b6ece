import { describe, expect, it } from 'vitest'
import { startUpstream } from '../../test/fakes/upstream/upstream.js'
import { anotherUser, canBeAnother, listenAsAnother } from '../../test/support/another-user.js'
import { recordingLog } from '../../test/support/recording-log.js'
import { ask, collect, ownGateway, ownUpstream } from './test-support.js'

describe.runIf(canBeAnother)('a listener of another user', () => {
  it('at a usual address is not taken, whatever it says it is; the hint says how it would be', async () => {
    const other = await listenAsAnother({})
    const log = recordingLog()
    const gateway = ownGateway(undefined, { probeUrls: [other.url], log })
    const { error } = await collect(gateway, ask('ok'))
    expect(error).toMatchObject({
      code: 'gateway_unreachable',
      message: `at ${other.url} a process of another user (uid ${anotherUser}) listens, which is not asked`,
      hint: `If it is the right one, say so: c2a config set gateway.url ${other.url}`,
    })
    expect((await gateway.status()).error).toEqual(error)
    expect((await gateway.models({ refresh: true })).source).toBe('offline')
    expect(other.heard).toEqual([])
    expect(log.lines.filter((line) => line.includes(`"uid":${anotherUser}`))).toHaveLength(1)
  })

  it('does not keep ours from being found at the next address', async () => {
    const other = await listenAsAnother({})
    const ours = await ownUpstream({ litellm: true })
    const gateway = ownGateway(undefined, { probeUrls: [other.url, ours.url] })
    expect((await collect(gateway, ask('ok'))).text).toBe('Hello, world.')
    expect(other.heard).toEqual([])
  })

  it.each(['found', 'own'] as const)(
    'that took the port of ours, which died, gets nothing (%s)',
    async (how) => {
      const ours = await startUpstream({ litellm: true })
      const gateway =
        how === 'own'
          ? ownGateway(ours, { own: true })
          : ownGateway(undefined, { probeUrls: [ours.url] })
      expect((await collect(gateway, ask('ok'))).text).toBe('Hello, world.')
      await gateway.models()
      await ours.close()
      const other = await listenAsAnother({ port: ours.port })
      const { error } = await collect(gateway, ask('ok'))
      expect(error).toMatchObject({
        code: 'gateway_unreachable',
        message: expect.stringContaining('a process of another user'),
      })
      await gateway.models({ refresh: true })
      expect(other.heard).toEqual([])
    },
  )

  it('is taken where gateway.url names it', async () => {
    const other = await listenAsAnother({})
    await collect(ownGateway(other), ask('ok'))
    expect(other.heard.join('')).toContain('POST /v1/chat/completions')
  })
})
