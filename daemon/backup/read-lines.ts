import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ProblemError } from '../../shared/contract/problem.js'
import { createGrowingBytes } from '../growing-bytes.js'

/** Far more than any line of an export has; what is longer is somebody's attack on our memory. */
const maxLineBytes = 16 * 1024 * 1024

/** A line without its end, and its number from 1. */
export interface FileLine {
  n: number
  bytes: Buffer
}

/**
 * The lines of a file that comes in chunks, plain or compressed by gzip, whatever it was called. Never
 * holds more than a line and a chunk. Throws ProblemError `invalid_request`.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<FileLine> {
  let n = 0
  const held = createGrowingBytes()
  for await (const chunk of unpacked(chunks)) {
    for (let from = 0; from < chunk.length; ) {
      const end = chunk.indexOf(newline, from)
      const part = chunk.subarray(from, end === -1 ? chunk.length : end)
      const length = held.length + part.length
      if (length > maxLineBytes) {
        throw new ProblemError(
          'invalid_request',
          `line ${n + 1}: longer than ${maxLineBytes} bytes`,
        )
      }
      // Nearly every line lies in one chunk, and is not copied.
      const isWhole = end !== -1 && held.length === 0
      if (!isWhole) held.add(part)
      if (end === -1) break
      n += 1
      yield { n, bytes: isWhole ? part : held.take() }
      from = end + 1
    }
  }
  // Every line of ours has an end: this is a part of one.
  if (held.length > 0)
    throw new ProblemError('invalid_request', `line ${n + 1}: the file breaks off here`)
}

const newline = 0x0a
/** What people and models write is three to ten times as large as its gzip; beyond this it is an attack on the disk. */
const mostTimes = 200
/** Before that nobody counts, bytes. */
const uncountedBytes = 512 * 1024 * 1024
const gzipMagic = [0x1f, 0x8b]

async function* unpacked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const source = chunks[Symbol.asyncIterator]()
  const first = await atLeast(source, gzipMagic.length)
  const all = chain(first, source)
  if (!gzipMagic.every((byte, index) => first[index] === byte)) {
    yield* all
    return
  }
  const gunzip = createGunzip()
  let unpackedBytes = 0
  // It destroys what is not needed any more, and tells by the iteration below.
  pipeline(Readable.from(all, { objectMode: false }), gunzip, () => undefined)
  try {
    for await (const chunk of gunzip) {
      unpackedBytes += chunk.length
      if (unpackedBytes > uncountedBytes && unpackedBytes > mostTimes * gunzip.bytesWritten) {
        throw new ProblemError(
          'invalid_request',
          `the compressed file is more than ${mostTimes} times as large as it looks, which no export is`,
        )
      }
      yield chunk
    }
  } catch (error) {
    if (error instanceof ProblemError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!code.startsWith('Z_')) throw error
    throw new ProblemError('invalid_request', 'the compressed file is broken or breaks off', {
      cause: error,
    })
  }
}

async function atLeast(source: AsyncIterator<Uint8Array>, bytes: number): Promise<Buffer> {
  let first = Buffer.alloc(0)
  while (first.length < bytes) {
    const next = await source.next()
    if (next.done) break
    first = Buffer.concat([first, next.value])
  }
  return first
}

async function* chain(first: Buffer, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first
  for (;;) {
    const next = await rest.next()
    if (next.done) return
    yield Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength)
  }
}
