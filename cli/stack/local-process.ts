import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  constants,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { ProblemError } from '../../shared/contract/problem.js'
import { isForeign } from '../../shared/listening-user.js'
import { processStart } from '../../shared/process-start.js'
import { isAlive, type Owner } from '../personal/presence.js'
import type { Launch, Part, Tools } from './part.js'
import { logOf, type PartRecord, readRecord, removeRecord, writeRecord } from './record.js'
import { happens, waitUntilWell } from './wait.js'

const maxLogBytes = 10 * 1024 * 1024
const killMs = 5_000
/** From here on somebody who watches wonders, ms. */
const silentMs = 1_500

export const hashOf = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 16)

/** Its own port, that of the last time, or any that is free. */
export async function choosePort(tools: Tools, part: Part): Promise<number> {
  for (const port of [part.port, readRecord(tools.place, part.name)?.port]) {
    if (port !== undefined && (await tryPort(port)) !== undefined) return port
  }
  return (await tryPort(0)) ?? part.port
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(undefined))
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address()
      const found = typeof address === 'object' && address !== null ? address.port : port
      server.close(() => resolve(found))
    })
  })
}

/** Opens the log of a part to append; one that has grown too long is begun anew. */
export function openPartLog(path: string): number {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > maxLogBytes) renameSync(path, `${path}.1`)
  return openSync(path, O_WRONLY | O_APPEND | O_CREAT | (O_NOFOLLOW ?? 0), 0o600)
}

/** Starts a process of its own group, which outlives us. */
export function startProcess(launch: Launch, cwd: string, log: number): Owner {
  const child = spawn(launch.command, launch.args, {
    detached: true,
    cwd,
    env: launch.env,
    stdio: [launch.stdin === undefined ? 'ignore' : 'pipe', log, log],
  })
  // What could not be started shows as one that has ended, and its log says why.
  child.on('error', (error) => writeSync(log, `${launch.command}: ${error.message}\n`))
  child.stdin?.on('error', () => undefined).end(launch.stdin)
  child.unref()
  const pid = child.pid ?? 0
  return { pid, start: (pid > 0 && processStart(pid)) || '' }
}

/** Starts a part and waits until it is well. Throws ProblemError with the end of its log. */
export async function launchPart(tools: Tools, part: Part, port: number, launch: Launch) {
  const { place } = tools
  const path = logOf(place, part.name)
  const log = openPartLog(path)
  try {
    const owner = startProcess(launch, place.state, log)
    const version = launch.version === undefined ? {} : { version: launch.version }
    const address = part.address(port)
    const started_at = new Date().toISOString()
    const of = hashOf(part.of)
    const record: PartRecord = { ...owner, address, port, started_at, of, ...version }
    writeRecord(place, part.name, record)
    await waitFor(tools, part, record).catch(async (error: unknown) => {
      await endProcess(tools, part, owner, { force: true })
      removeRecord(place, part.name)
      throw withLog(error, path)
    })
  } finally {
    closeSync(log)
  }
}

/** Waits for a part that was started, by us or by an `up` that was interrupted. */
export async function waitFor(
  { clock, say }: Tools,
  part: Part,
  record: PartRecord,
  patienceMs = part.patienceMs,
): Promise<void> {
  const tookMs = await waitUntilWell({
    ...{ name: part.title, clock, say, patienceMs },
    isWell: () => isOursAndWell(part, record.port),
    isAlive: () => isAlive(record),
  })
  say(`${part.title} is well at ${record.address} (${(tookMs / 1_000).toFixed(1)} s)`)
}

/** Before and after, since until ours listens anybody may: it would get the keys of all that follows. */
async function isOursAndWell(part: Part, port: number): Promise<boolean> {
  return !isForeign(port) && (await part.isWell(port)) && !isForeign(port)
}

/**
 * Ends a process in order, or with `force` at once. Throws ProblemError `internal` where it stays. A pid
 * that is another process by now is left alone.
 */
export async function endProcess(
  { clock, say }: Tools,
  { title, leaving }: Pick<Part, 'title' | 'leaving'>,
  owner: Owner,
  { force }: { force: boolean },
): Promise<void> {
  const isGone = (): boolean => !isAlive(owner)
  if (isGone()) return
  if (!force) {
    signal(owner, 'SIGTERM')
    if (await happens(isGone, silentMs, clock)) return
    if (leaving.hint !== undefined) say(`${title} ${leaving.hint}`)
    if (await happens(isGone, leaving.ms, clock)) return
    say(`${title} does not end; it is killed`)
  }
  signal(owner, 'SIGKILL')
  if (await happens(isGone, killMs, clock)) return
  throw new ProblemError('internal', `${title} (pid ${owner.pid}) cannot be ended`)
}

/** SIGKILL goes to the whole group: what a launcher has started would stay. */
function signal(owner: Owner, name: 'SIGTERM' | 'SIGKILL'): void {
  if (!isAlive(owner)) return
  try {
    process.kill(name === 'SIGKILL' ? -owner.pid : owner.pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** With the end of a log as its hint. */
export function withLog(error: unknown, path: string, lines = 8): unknown {
  if (!(error instanceof ProblemError)) return error
  const words = readFileSync(path, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  const hint = `Its log is ${path}; it ends in:\n${words.slice(-1_500)}`
  return new ProblemError(error.code, error.message, { cause: error, hint })
}
