import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { readLines } from './backup/read-lines.js'
import { createGrowingBytes } from './growing-bytes.js'
import { readBytes } from './http/body.js'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const mebibyte = 1024 * 1024

/** What is held at the end of a body that comes a byte at a time, bytes. */
async function heldFor(
  pieces: number,
  read: (body: ReadableStream<Uint8Array>) => Promise<unknown>,
) {
  let before = 0
  let after = 0
  const held = (): number => {
    collectGarbage()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  async function* body(): AsyncGenerator<Uint8Array> {
    before = held()
    for (let n = 0; n < pieces; n++) yield Buffer.from(' ')
    after = held()
    yield Buffer.from('\n')
  }
  const chunks = body()
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await chunks.next()
      if (next.done) controller.close()
      else controller.enqueue(next.value)
    },
  })
  await read(stream)
  return after - before
}

test('a body of many tiny chunks holds no more than its bytes', async () => {
  // Of more of them it takes none at all.
  expect(await heldFor(90_000, (body) => readBytes(body, mebibyte))).toBeLessThan(2 * mebibyte)
  const lines = async (body: ReadableStream<Uint8Array>): Promise<void> => {
    for await (const { bytes } of readLines(body)) expect(bytes.length).toBe(500_000)
  }
  expect(await heldFor(500_000, lines)).toBeLessThan(8 * mebibyte)
}, 60_000)

test('bytes that grow are those that came, in order, and begin anew', () => {
  const bytes = createGrowingBytes()
  for (const text of ['', 'a', 'bc', 'x'.repeat(100_000), 'é']) bytes.add(Buffer.from(text))
  expect(bytes.length).toBe(100_005)
  expect(bytes.take().toString()).toBe(`abc${'x'.repeat(100_000)}é`)
  expect(bytes.length).toBe(0)
  const first = bytes.take()
  bytes.add(Buffer.from('new'))
  expect(first.length).toBe(0)
  expect(bytes.take().toString()).toBe('new')
})
