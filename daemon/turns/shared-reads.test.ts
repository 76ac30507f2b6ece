import { expect, test } from 'vitest'
import { shareReads } from './shared-reads.js'

/** Reads that the test answers, in the order in which they began. */
function createReads() {
  const begun: { asked: string; answer(value: string): void; fail(error: Error): void }[] = []
  const read = shareReads(
    (turnId, after) =>
      new Promise<string>((answer, fail) => {
        begun.push({ asked: `${turnId}:${after}`, answer, fail })
      }),
  )
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  return { read, begun, settled, asked: () => begun.map(({ asked }) => asked) }
}

test('who asks for the same at the same time shares a read, others have their own', async () => {
  const { read, begun, settled, asked } = createReads()
  const same = [read('a', 1), read('a', 1), read('a', 1)]
  const other = [read('a', 2), read('b', 1)]
  await settled()
  expect(asked()).toEqual(['a:1', 'a:2', 'b:1'])
  begun.forEach(({ answer }, index) => void answer(`answer ${index}`))
  expect(await Promise.all(same)).toEqual(['answer 0', 'answer 0', 'answer 0'])
  expect(await Promise.all(other)).toEqual(['answer 1', 'answer 2'])
})

test('who asks while a read is under way gets one that begins after it', async () => {
  const { read, begun, settled } = createReads()
  const first = read('a', 1)
  await settled()
  const later = [read('a', 1), read('a', 1)]
  await settled()
  expect(begun).toHaveLength(1)
  begun[0]?.answer('old')
  expect(await first).toBe('old')
  await settled()
  expect(begun).toHaveLength(2)
  begun[1]?.answer('new')
  expect(await Promise.all(later)).toEqual(['new', 'new'])
})

test('a read that fails fails for all who share it, and the next is tried anew', async () => {
  const { read, begun, settled } = createReads()
  const both = Promise.allSettled([read('a', 1), read('a', 1)])
  await settled()
  const later = read('a', 1)
  begun[0]?.fail(new Error('away'))
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await settled()
  begun[1]?.answer('back')
  expect(await later).toBe('back')
})
