import { promises as fs } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

const MAX_ENTRIES = 1_000
const MAX_ENTRY_BYTES = 64 * 1024
/** Only the end of a longer file is read. */
const MAX_FILE_BYTES = 16 * 1024 * 1024
/** A compaction takes no second: what is older was left by a crash. */
const STALE_MS = 60_000

/** The history of sent texts on disk: JSON strings, one a line. Neither function throws or rejects. */
export interface HistoryFile {
  /** At most 1,000 entries, oldest first. */
  load(): Promise<string[]>
  /** Adds an entry, unless it is blank, the same as the last one or over 64 KiB. In call order. */
  append(entry: string): Promise<void>
}

/**
 * The file at `path` is made when needed, 0600 in a 0700 directory. Several processes may use it at
 * once. `onError` gets what the file system says; the history is then only not kept.
 */
export function createHistoryFile(path: string, onError: (error: unknown) => void): HistoryFile {
  let last: string | undefined
  let lines = 0
  let queue: Promise<unknown> = Promise.resolve()

  const inTurn = <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
    const done = queue.then(work).catch((error: unknown) => {
      onError(error)
      return otherwise
    })
    queue = done
    return done
  }

  const load = async (): Promise<string[]> => {
    const content = await read(path)
    const entries = entriesOf(content)
    lines = content.split('\n').length
    last = entries.at(-1)
    return entries
  }

  const append = async (entry: string): Promise<void> => {
    if (entry === last || !isWorthKeeping(entry)) return
    await fs.mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await appendText(path, `${JSON.stringify(entry)}\n`)
    last = entry
    lines += 1
    if (lines <= 2 * MAX_ENTRIES) return
    await compact(path)
    lines = MAX_ENTRIES
  }

  return {
    load: () => inTurn(load, []),
    append: (entry) => inTurn(() => append(entry), undefined),
  }
}

function isWorthKeeping(entry: string): boolean {
  return entry.trim() !== '' && Buffer.byteLength(entry) <= MAX_ENTRY_BYTES
}

function entriesOf(content: string): string[] {
  const entries: string[] = []
  for (const line of content.split('\n')) {
    const entry = parseLine(line)
    if (entry !== undefined && entry !== entries.at(-1)) entries.push(entry)
  }
  return entries.slice(-MAX_ENTRIES)
}

function parseLine(line: string): string | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'string' && isWorthKeeping(value) ? value : undefined
  } catch {
    // Cut off by a crash or a full disk, or not ours.
    return undefined
  }
}

async function read(path: string): Promise<string> {
  const file = await unlessMissing(fs.open(path, 'r'))
  if (file === undefined) return ''
  try {
    return await readFrom(file, Math.max(0, (await file.stat()).size - MAX_FILE_BYTES))
  } finally {
    await file.close()
  }
}

async function readFrom(file: FileHandle, start: number): Promise<string> {
  const buffer = Buffer.alloc((await file.stat()).size - start)
  const { bytesRead } = await file.read(buffer, 0, buffer.length, start)
  const content = buffer.toString('utf8', 0, bytesRead)
  return start === 0 ? content : content.slice(content.indexOf('\n') + 1)
}

// One write with O_APPEND: lines of several processes do not mix. When another one has put a new
// file in the place of this one meanwhile, the line is written again, into that.
async function appendText(path: string, text: string): Promise<void> {
  const file = await fs.open(path, 'a', 0o600)
  try {
    await file.chmod(0o600)
    await file.write(text)
    const [written, current] = [await file.stat(), await unlessMissing(fs.stat(path))]
    if (written.ino === current?.ino) return
  } finally {
    await file.close()
  }
  await appendText(path, text)
}

// The draft is the lock: one process compacts, and what others append to the old file before the
// rename is carried over after it.
async function compact(path: string): Promise<void> {
  const draft = `${path}.compact`
  const target = await openDraft(draft)
  if (target === undefined) return
  try {
    await replaceWith(target, draft, path)
  } catch (error) {
    await fs.rm(draft, { force: true })
    throw error
  } finally {
    await target.close()
  }
}

async function replaceWith(target: FileHandle, draft: string, path: string): Promise<void> {
  const source = await fs.open(path, 'r')
  try {
    const { size } = await source.stat()
    const content = await readFrom(source, Math.max(0, size - MAX_FILE_BYTES))
    const kept = entriesOf(content).map((entry) => `${JSON.stringify(entry)}\n`)
    await target.writeFile(kept.join(''))
    await target.sync()
    await fs.rename(draft, path)
    const late = await source.stat()
    if (late.size > size) await appendText(path, await tailOf(source, size, late.size))
  } finally {
    await source.close()
  }
}

async function tailOf(file: FileHandle, from: number, to: number): Promise<string> {
  const buffer = Buffer.alloc(to - from)
  const { bytesRead } = await file.read(buffer, 0, buffer.length, from)
  return buffer.toString('utf8', 0, bytesRead)
}

async function openDraft(draft: string): Promise<FileHandle | undefined> {
  try {
    return await fs.open(draft, 'wx', 0o600)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
    const found = await unlessMissing(fs.stat(draft))
    if (found !== undefined && Date.now() - found.mtimeMs > STALE_MS)
      await fs.rm(draft, { force: true })
    return undefined
  }
}

async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
