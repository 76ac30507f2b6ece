import { fstatSync, readSync } from 'node:fs'
import { isatty } from 'node:tty'
import { ProblemError } from '../../shared/contract/problem.js'
import { maxMessageBytes } from '../../shared/limits.js'
import { say } from '../output/report.js'

/** After this, somebody who watches wonders what we wait for, ms. */
const silentMs = 2_000

/** True when stdin can hold something to ask about: a pipe or a file, not a keyboard. */
export function hasInput(): boolean {
  if (isatty(0)) return false
  try {
    const stat = fstatSync(0)
    return stat.isFIFO() || stat.isFile() || stat.isSocket()
  } catch {
    return false
  }
}

/** The arguments, then a blank line, then stdin; whichever there is. */
export async function readPrompt(words: readonly string[]): Promise<string> {
  const asked = words.join(' ')
  if (!hasInput()) return asked
  const waits = asked !== '' && process.stderr.isTTY
  const timer = waits
    ? setTimeout(() => say('waiting for stdin to end (Ctrl+D)'), silentMs)
    : undefined
  const piped = await readStdin(waits ? () => clearTimeout(timer) : undefined)
  if (asked === '') return piped
  return piped.trim() === '' ? asked : `${asked}\n\n${piped}`
}

/**
 * All of stdin. `onFirst` is called once it says something or ends; without it nobody is told that we
 * wait, and we may wait in the kernel: setting up process.stdin costs a short command 2 ms.
 */
export async function readStdin(onFirst?: () => void): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  const take = (chunk: Buffer): void => {
    bytes += chunk.length
    // `yes | c2a ask` must not fill the memory before it is refused.
    if (bytes > maxMessageBytes) throw tooLarge()
    chunks.push(chunk)
  }
  if (onFirst === undefined && readBlocking(take)) return Buffer.concat(chunks).toString('utf8')
  for await (const chunk of process.stdin) {
    onFirst?.()
    take(chunk)
  }
  onFirst?.()
  return Buffer.concat(chunks).toString('utf8')
}

function tooLarge(): ProblemError {
  return new ProblemError('payload_too_large', 'more than 4 MiB came in on stdin', {
    hint: 'Send less of it: no model reads as much at once.',
  })
}

/** False when stdin does not block; what had come by then has been taken. */
function readBlocking(take: (chunk: Buffer) => void): boolean {
  const buffer = Buffer.allocUnsafe(64 * 1024)
  try {
    for (;;) {
      const bytes = readSync(0, buffer)
      if (bytes === 0) return true
      take(Buffer.from(buffer.subarray(0, bytes)))
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EOF') return true
    if (code === 'EAGAIN') return false
    throw error
  }
}
