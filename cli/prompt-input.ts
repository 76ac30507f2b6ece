import { fstatSync } from 'node:fs'
import { say } from './report.js'

/** After this, somebody who watches wonders what we wait for, ms. */
const silentMs = 2_000

/** True when stdin can hold something to ask about: a pipe or a file, not a keyboard. */
export function hasInput(): boolean {
  if (process.stdin.isTTY) return false
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
  const piped = await readStdin(() => clearTimeout(timer))
  if (asked === '') return piped
  return piped.trim() === '' ? asked : `${asked}\n\n${piped}`
}

/** All of stdin. `onFirst` is called once it says something or ends. */
export async function readStdin(onFirst?: () => void): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) {
    onFirst?.()
    chunks.push(chunk)
  }
  onFirst?.()
  return Buffer.concat(chunks).toString('utf8')
}
