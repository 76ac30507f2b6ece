import { createInterface } from 'node:readline'
import { createMutableOutput } from '../input/muted-output.js'

/** The line that is typed at `> `. Keys typed while it is closed wait for the next time. */
export interface LineInput {
  /** Shows the prompt and what was typed ahead. */
  open(): void
  /** Gives the screen to somebody else; typing goes on unseen. */
  shut(): void
  /** Puts text into the line to be edited, e.g. one that could not be sent. */
  putBack(text: string): void
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

export function createLineInput(handlers: LineHandlers): LineInput {
  const output = createMutableOutput(process.stdout)
  const reader = createInterface({
    input: process.stdin,
    output,
    terminal: true,
    prompt: '> ',
    historySize: 200,
    removeHistoryDuplicates: true,
  })
  let closed = false
  reader.on('line', (line) => handlers.onLine(line, !output.muted))
  reader.on('SIGINT', () => handlers.onInterrupt(reader.line))
  reader.on('close', () => {
    closed = true
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
    clear() {
      reader.write(null, { ctrl: true, name: 'e' })
      reader.write(null, { ctrl: true, name: 'u' })
    },
    close: () => reader.close(),
  }
}
