import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import type { Writable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { Client, ExportWanted } from '../../shared/client/client.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { formatBytes, plural } from '../output/figures.js'
import { createProgress } from './progress.js'
import { type BackupCounts, createVerifier, type Verifier } from './verify.js'

export interface Exported extends BackupCounts {
  bytes: number
}

/**
 * Writes an export to a file, compressed when its name ends in .gz. Only a file that is whole gets
 * the name; what stood there before stays until then. Throws ProblemError.
 */
export async function exportToFile(
  client: Pick<Client, 'exportBackup'>,
  path: string,
  wanted: ExportWanted = {},
): Promise<Exported> {
  const draft = `${path}.part`
  const gzip = /\.gz$/i.test(path)
  const response = await client.exportBackup({ ...wanted, gzip })
  try {
    // For nobody else: it holds all that was ever said. On the disk before it gets its name.
    // What lies there may be a link, or somebody else's.
    await rm(draft, { force: true })
    const file = createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true })
    // What breaks off before would leave a file that comes after its removal.
    await once(file, 'open')
    const exported = await exportTo(response, file)
    await rename(draft, path)
    return exported
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw asProblem(error, path)
  }
}

/** Writes an export to stdout. Throws ProblemError. */
export async function exportToStdout(
  client: Pick<Client, 'exportBackup'>,
  wanted: ExportWanted = {},
): Promise<Exported> {
  try {
    return await exportTo(await client.exportBackup(wanted), process.stdout, { end: false })
  } catch (error) {
    throw asProblem(error, 'stdout')
  }
}

async function exportTo(
  response: IncomingMessage,
  sink: Writable,
  options: { end?: boolean } = {},
): Promise<Exported> {
  const verifier = createVerifier()
  const unpack = response.headers['content-encoding'] === 'gzip' ? unpackInto(verifier) : verifier
  const progress = createProgress()
  let bytes = 0
  const seen = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      await unpack.push(chunk)
      bytes += chunk.length
      progress.show(`${plural(verifier.messages(), 'message')}, ${formatBytes(bytes)}`)
      yield chunk
    }
  }
  try {
    await pipeline(response, seen, sink, options)
    await ('finish' in unpack ? unpack.finish() : undefined)
    return { ...verifier.end(), bytes }
  } finally {
    progress.done()
  }
}

/** The same for what comes compressed. */
function unpackInto(verifier: Verifier) {
  const gunzip = createGunzip()
  gunzip.on('data', (chunk: Buffer) => verifier.push(chunk))
  const ended = finished(gunzip)
  // Looked at in the end.
  ended.catch(() => undefined)
  return {
    async push(chunk: Uint8Array): Promise<void> {
      if (!gunzip.destroyed && !gunzip.write(chunk))
        await Promise.race([once(gunzip, 'drain'), ended])
    },
    finish(): Promise<void> {
      gunzip.end()
      return ended
    },
  }
}

function asProblem(error: unknown, path: string): unknown {
  if (error instanceof ProblemError || !(error instanceof Error)) return error
  const code = 'code' in error ? String(error.code) : error.message
  if (code === 'ECONNRESET' || code.startsWith('Z_') || error.message === 'aborted') {
    return new ProblemError('daemon_unreachable', 'the export broke off', { cause: error })
  }
  const message = `${path} cannot be written (${code})`
  return new ProblemError('invalid_request', message, { cause: error })
}
