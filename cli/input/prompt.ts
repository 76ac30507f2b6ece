import { fstatSync, readSync } from 'node:fs'
import { isatty } from 'node:tty'
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
  if (onFirst === undefined && readBlocking(chunks)) return Buffer.concat(chunks).toString('utf8')
  for await (const chunk of process.stdin) {
    onFirst?.()
    chunks.push(chunk)
  }
  onFirst?.()
  return Buffer.concat(chunks).toString('utf8')
}

/** False when stdin does not block; what had come by then is in `chunks`. */
function readBlocking(chunks: Buffer[]): boolean {
  const buffer = Buffer.allocUnsafe(64 * 1024)
  try {
    for (;;) {
      const bytes = readSync(0, buffer)
      if (bytes === 0) return true
      chunks.push(Buffer.from(buffer.subarray(0, bytes)))
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EOF') return true
    if (code === 'EAGAIN') return false
    throw error
  }
}
