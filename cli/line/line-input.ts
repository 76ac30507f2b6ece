import { createInterface } from 'node:readline'
import { createMuteableOutput } from '../input/muteable-output.js'
import { pastedLine } from './line-paste.js'
import { openLineTerminal } from './line-terminal.js'

/** The line that is typed at `> `. Keys typed while it is closed wait for the next time. */
export interface LineInput {
  /** Shows the prompt and what was typed ahead. */
  open(): void
  /** Gives the screen to somebody else; typing goes on unseen. */
  shut(): void
  /** Puts text into the line to be edited, e.g. what was typed ahead. */
  putBack(text: string): void
  /** Makes a line the one that Up brings. */
  remember(line: string): void
  /** Empties the line. */
  clear(): void
  close(): void
}

export interface LineHandlers {
  /** `seen`: the user saw it while typing. */
  onLine(line: string, seen: boolean): void
  /** Ctrl+C, with what the line held. */
  onInterrupt(line: string): void
  /** Ctrl+D. */
  onEnd(): void
}

export function createLineInput(
  handlers: LineHandlers,
  options: { bracketedPaste: boolean },
): LineInput {
  const terminal = openLineTerminal({
    bracketedPaste: options.bracketedPaste,
    onPaste: (text) => reader.write(pastedLine(text, reader.cursor === 0)),
    onContinue: () => reader.prompt(true),
  })
  const output = createMuteableOutput(process.stdout)
  const reader = createInterface({
    input: terminal.keys,
    output,
    terminal: true,
    prompt: '> ',
    historySize: 200,
    removeHistoryDuplicates: true,
  })
  let closed = false
  let history: string[] = []
  // The very list that it goes on with.
  reader.on('history', (lines) => {
    history = lines
  })
  reader.on('line', (line) => handlers.onLine(line, !output.muted))
  reader.on('SIGINT', () => handlers.onInterrupt(reader.line))
  reader.on('SIGTSTP', terminal.suspend)
  reader.on('close', () => {
    closed = true
    output.destroy()
    terminal.close()
    handlers.onEnd()
  })
  return {
    open() {
      output.muted = false
      if (!closed) reader.prompt(true)
    },
    shut() {
      output.muted = true
    },
    putBack(text) {
      if (!closed) reader.write(text)
    },
    remember(line) {
      const known = history.indexOf(line)
      if (known >= 0) history.splice(known, 1)
      history.unshift(line)
    },
    clear() {
      reader.write(null, { ctrl: true, name: 'e' })
      reader.write(null, { ctrl: true, name: 'u' })
    },
    close: () => reader.close(),
  }
}
