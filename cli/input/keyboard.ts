import { createInterface } from 'node:readline'
import { ProblemError } from '../../shared/contract/problem.js'
import { sanitiseLine } from '../text/sanitise.js'
import { createMuteableOutput } from './muteable-output.js'

const interrupted = 130

/** Questions are for who sits at a terminal; stdout may be a pipe meanwhile. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY
}

/** Asks a yes-or-no question on the terminal; anything but y or yes is no. */
async function confirm(question: string): Promise<boolean> {
  const answer = await readLine(`${sanitiseLine(question)} [y/N] `, { echo: true })
  return /^y(es)?$/i.test(answer.trim())
}

/**
 * Before something is destroyed: `--yes`, or yes to the question on a terminal. Throws
 * `invalid_request` when there is nobody to ask.
 */
export async function mayDestroy(question: string, options: { yes?: boolean }): Promise<boolean> {
  if (options.yes) return true
  if (!canAsk()) {
    throw new ProblemError('invalid_request', 'there is nobody to ask for confirmation', {
      hint: 'Add --yes to do it without.',
    })
  }
  return confirm(question)
}

/** A line from the terminal that is not shown while it is typed. */
export function readSecretLine(prompt: string): Promise<string> {
  return readLine(prompt, { echo: false })
}

function readLine(prompt: string, { echo }: { echo: boolean }): Promise<string> {
  const output = createMuteableOutput(process.stderr)
  const reader = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 })
  process.stderr.write(prompt)
  // readline must know where its line begins, but the prompt is on the screen already.
  output.muted = true
  reader.setPrompt(prompt)
  reader.prompt()
  output.muted = !echo
  return new Promise((resolve) => {
    reader.once('SIGINT', () => {
      reader.close()
      process.stderr.write('\n')
      process.exit(interrupted)
    })
    reader.once('line', (line) => {
      resolve(line)
      reader.close()
      if (!echo) process.stderr.write('\n')
    })
    // Ctrl+D: nothing was said.
    reader.once('close', () => {
      output.destroy()
      process.stdin.pause()
      resolve('')
    })
  })
}
