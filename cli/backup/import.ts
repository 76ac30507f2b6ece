import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { Client } from '../../shared/client/client.js'
import type { ImportSummary } from '../../shared/contract/backup.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { formatBytes } from '../output/figures.js'
import { createProgress } from './progress.js'

type Importer = Pick<Client, 'importBackup' | 'health'>

/** Merges a file of an export, plain or compressed. Throws ProblemError. */
export async function importFromFile(client: Importer, path: string): Promise<ImportSummary> {
  const { handle, size } = await openFile(path)
  return importFrom(client, createReadStream('', { fd: handle }), size)
}

/** The same from stdin. Throws ProblemError. */
export function importFromStdin(client: Importer): Promise<ImportSummary> {
  return importFrom(client, process.stdin, undefined)
}

async function importFrom(
  client: Importer,
  source: AsyncIterable<Buffer>,
  size: number | undefined,
): Promise<ImportSummary> {
  // Starts the daemon where there is none: what is streamed cannot be sent twice.
  await client.health()
  const progress = createProgress()
  const seen = async function* (): AsyncGenerator<Buffer> {
    let sent = 0
    for await (const chunk of source) {
      sent += chunk.length
      const share = size ? `, ${Math.floor((sent / size) * 100)} %` : ''
      progress.show(`${formatBytes(sent)} sent${share}`)
      yield chunk
    }
  }
  try {
    return await client.importBackup(Readable.from(seen(), { objectMode: false }))
  } finally {
    progress.done()
  }
}

async function openFile(path: string): Promise<{ handle: FileHandle; size: number }> {
  try {
    const handle = await open(path)
    const stat = await handle.stat()
    if (!stat.isDirectory()) return { handle, size: stat.size }
    await handle.close()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new ProblemError('not_found', `there is no file ${path}`)
    throw new ProblemError('invalid_request', `${path} cannot be read (${code})`, { cause: error })
  }
  throw new ProblemError('invalid_request', `${path} is a directory`)
}
