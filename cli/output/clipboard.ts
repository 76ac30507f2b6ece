import { spawn } from 'node:child_process'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Environment } from '../../shared/settings.js'

/** Terminals take sequences of 100,000 bytes; base64 makes four of three. */
const mostBytes = 74_000
const tmuxPatienceMs = 2_000

/**
 * Puts text into the clipboard of whoever sits at the terminal, over ssh, too: by OSC 52, and inside
 * of tmux, which by default takes that from nobody, by tmux itself. `unsure`: the terminal does not
 * say whether it took it. Throws ProblemError `invalid_request` where it surely would not.
 */
export async function copyToClipboard(
  text: string,
  { env, write }: { env: Environment; write(sequence: string): void },
): Promise<{ unsure: boolean }> {
  if (env['TERM'] === 'dumb') {
    throw new ProblemError('invalid_request', 'this terminal has no clipboard to write to')
  }
  const bytes = Buffer.byteLength(text)
  if (bytes > mostBytes) {
    const size = `${Math.ceil(bytes / 1_000)} KB`
    throw new ProblemError('invalid_request', `that is ${size}, more than a terminal takes`, {
      hint: 'c2a sessions export writes the whole session into a file.',
    })
  }
  if (env['TMUX'] && (await loadIntoTmux(text))) return { unsure: false }
  write(osc52(text, env))
  return { unsure: true }
}

/** Base64 is all that is sent of the text: nothing in it can end the sequence. */
export function osc52(text: string, env: Environment): string {
  const sequence = `\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`
  if (!env['TMUX']) return sequence
  // For a tmux that is too old for the other way: as its own, and for the terminal around it.
  return `${sequence}\x1bPtmux;${sequence.replaceAll('\x1b', '\x1b\x1b')}\x1b\\`
}

/** Into a buffer of tmux, and from there into the clipboard of the terminal around it (tmux 3.2). */
function loadIntoTmux(text: string): Promise<boolean> {
  return new Promise((resolve) => {
    const tmux = spawn('tmux', ['load-buffer', '-w', '-'], {
      stdio: ['pipe', 'ignore', 'ignore'],
      timeout: tmuxPatienceMs,
    })
    tmux.once('error', () => resolve(false))
    tmux.once('close', (code) => resolve(code === 0))
    // It may have ended before it read.
    tmux.stdin.on('error', () => undefined)
    tmux.stdin.end(text)
  })
}
