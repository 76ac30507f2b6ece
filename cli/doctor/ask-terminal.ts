import { readFileSync } from 'node:fs'
import type { Environment } from '../../shared/settings.js'
import type { ReplyEvent } from '../tui/terminal/event.js'
import { createInputParser } from '../tui/terminal/input.js'
import { probeTerminal, type TerminalTraits } from '../tui/terminal/probe.js'

/** The kitty keyboard, mode 2026, and last what every terminal answers. */
const questions = '\x1b[?u\x1b[?2026$p\x1b[c'
/** An old terminal may have printed the end of a question. */
const wiped = '\r\x1b[K'

/**
 * What the terminal says of itself, in 300 ms at most; undefined where it cannot be asked: in a pipe,
 * on a dumb one, or in the background, where taking its keys would stop us. Nothing may be written
 * meanwhile; keys that are typed are lost.
 */
export async function askTerminal(env: Environment): Promise<TerminalTraits | undefined> {
  const { stdin, stdout } = process
  const isThere = stdin.isTTY && stdout.isTTY && env['TERM'] !== 'dumb'
  if (!isThere || !isForeground()) return undefined
  const listeners = new Set<(reply: ReplyEvent) => void>()
  const parser = createInputParser((event) => {
    if (event.type === 'reply') for (const tell of listeners) tell(event)
  })
  const read = (chunk: Buffer): void => parser.push(chunk)
  stdin.setRawMode(true)
  stdin.on('data', read)
  const traits = await probeTerminal({
    write: (text) => stdout.write(text),
    onReply(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    questions,
  })
  stdin.off('data', read)
  stdin.pause()
  stdin.setRawMode(false)
  stdout.write(wiped)
  return traits
}

/** Elsewhere than on Linux nobody tells, and the foreground is the rule. */
function isForeground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1')
    // After the program's name: state, parent, group, session, terminal, its group in front.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[2] === fields[5]
  } catch {
    return true
  }
}
