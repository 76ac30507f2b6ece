import { expect, onTestFinished, test } from 'vitest'
import { hang, reasoning, role, text } from '../../test/fakes/upstream/steps.js'
import { startUpstream } from '../../test/fakes/upstream/upstream.js'
import { ask, testGateway } from '../gateway/test-support.js'
import type { StoredEvent } from '../store/turns.js'
import { runPhase } from './phase.js'
import { createRecorder } from './recorder.js'
import { createSpool } from './spool.js'

test('an answer that grows beyond all measure is cut, and what there is of it is kept', async () => {
  const endless = () => [role(), reasoning('漢'), text('a'.repeat(90)), text('漢字仮'), hang]
  const upstream = await startUpstream({ scripts: { endless: { steps: endless } } })
  onTestFinished(() => upstream.close())
  const gateway = testGateway(upstream)
  onTestFinished(() => gateway.close())
  const written: StoredEvent[] = []
  const recorder = createRecorder({
    lastEvent: 1,
    append: async (events) => written.push(...events) > 0,
    onFailure: () => undefined,
    spool: createSpool(),
  })
  const outcome = await runPhase({
    gateway,
    recorder,
    request: ask('endless'),
    messageId: 'm',
    keepText: false,
    meter: () => undefined,
    mostBytes: 100,
    signal: new AbortController().signal,
  })
  expect(outcome.message).toMatchObject({ status: 'failed', error_code: 'protocol' })
  expect(outcome.problem?.detail).toMatch(/larger than .* MiB/)
  expect(await (await upstream.waitFor('endless')).ended).toBe('aborted')
  await recorder.drained()
  expect(written.map(({ event, data }) => [event, data])).toEqual([
    ['reasoning', '漢'],
    ['delta', 'a'.repeat(90)],
  ])
})
