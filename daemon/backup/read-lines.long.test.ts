import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { readLines } from './read-lines.js'

/** How many lines come of a file that is the same piece over and over. */
async function count(piece: Uint8Array, times: number): Promise<number> {
  const file = async function* () {
    for (let n = 0; n < times; n++) yield piece
  }
  let lines = 0
  for await (const _ of readLines(file())) lines += 1
  return lines
}

const line = 8 * 1024 * 1024

test('a compressed file of next to nothing fills no disk', async () => {
  const piece = gzipSync(`${' '.repeat(line)}\n`, { level: 1 })
  await expect(count(piece, 100)).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('more than 200 times as large'),
  })
}, 60_000)

test('one that is large in itself may be as large as it likes', async () => {
  const words = randomBytes(line / 100).toString('hex')
  const piece = gzipSync(`${words.repeat(50)}\n`, { level: 1 })
  expect(await count(piece, 100)).toBe(100)
}, 60_000)
