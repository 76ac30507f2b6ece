import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { ProblemError } from '../../shared/contract/problem.js'
import { sanitiseLine } from '../text/sanitise.js'
import { paintToken, type Theme } from '../text/theme.js'

const pollMs = 200
/** Enough for any number of lines that somebody reads, bytes. */
const tailBytes = 1024 * 1024

export interface LogOptions {
  lines: number
  follow: boolean
  write(line: string): void
}

/** The last lines of a log; with `follow` whatever comes, over rotations too, for ever. */
export async function readLog(path: string, options: LogOptions): Promise<void> {
  let log = openLog(path)
  const size = fstatSync(log).size
  let offset = Math.max(0, size - tailBytes)
  const inode = fstatSync(log).ino
  let current = inode
  let decoder = new StringDecoder('utf8')
  let rest = ''
  const takeLines = (): string[] => {
    for (;;) {
      const chunk = Buffer.alloc(64 * 1024)
      const read = readSync(log, chunk, 0, chunk.length, offset)
      if (read === 0) break
      offset += read
      rest += decoder.write(chunk.subarray(0, read))
    }
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    return lines
  }
  const first = takeLines()
  // The first of a tail is half a line.
  if (size > tailBytes) first.shift()
  for (const line of options.lines === 0 ? [] : first.slice(-options.lines)) options.write(line)
  while (options.follow) {
    await new Promise((resolve) => setTimeout(resolve, pollMs))
    for (const line of takeLines()) options.write(line)
    const now = statSync(path, { throwIfNoEntry: false })
    if (now === undefined || now.ino === current) continue
    closeSync(log)
    log = openLog(path)
    current = now.ino
    offset = 0
    rest = ''
    decoder = new StringDecoder('utf8')
  }
  closeSync(log)
}

function openLog(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    throw new ProblemError('not_found', `there is no log yet: ${path}`, { cause: error })
  }
}

const levelTokens = { debug: 'dim', info: 'ok', warn: 'warn', error: 'error' } as const

/** A line of the JSON log for people: time, level, message, and what else it holds. */
export function formatLogLine(line: string, theme: Theme): string {
  const entry = parseEntry(line)
  if (entry === undefined) return sanitiseLine(line)
  const { time, level, msg, ...more } = entry
  const clock = typeof time === 'string' ? localTime(time) : ''
  const name = String(level ?? '')
  const token = Object.entries(levelTokens).find(([known]) => known === name)?.[1] ?? 'dim'
  const fields = Object.entries(more).map(([key, value]) => `${key}=${shown(value)}`)
  return [
    paintToken(theme, 'dim', sanitiseLine(clock)),
    paintToken(theme, token, sanitiseLine(name.padEnd(5))),
    sanitiseLine(String(msg ?? '')),
    paintToken(theme, 'dim', sanitiseLine(fields.join(' '))),
  ]
    .join(' ')
    .trimEnd()
}

function parseEntry(line: string): Record<string, unknown> | undefined {
  try {
    const entry: unknown = JSON.parse(line)
    return typeof entry === 'object' && entry !== null ? { ...entry } : undefined
  } catch {
    // A crash, or the words of a tool.
    return undefined
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' && !/[\s"=]/.test(value) ? value : JSON.stringify(value)
}

/** `2026-03-01 10:05:30.123` in the zone of who reads. */
function localTime(iso: string): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return iso
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return local.toISOString().replace('T', ' ').replace('Z', '')
}
