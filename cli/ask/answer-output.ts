import type { Environment } from '../../shared/settings.js'
import { themeOf } from '../output/terminal-theme.js'
import { createTerminalWriter } from '../text/terminal-writer.js'

/** Where the text of an answer goes as it streams. */
export interface AnswerOutput {
  push(text: string): void | Promise<void>
  /** Lets `print` write to stderr without harm to an answer that is half on the screen. */
  interrupt(print: () => void): void
  end(): void | Promise<void>
}

/** Deltas of a frame are joined; a terminal shows no more than this many a second, ms. */
const frameMs = 33

/** The rendered answer on a terminal: markdown, highlighted, sanitised. */
export function createTerminalOutput(stream: NodeJS.WriteStream, env: Environment): AnswerOutput {
  const writer = createTerminalWriter({
    write: (bytes) => stream.write(bytes),
    size: () => ({ columns: stream.columns ?? 80, rows: stream.rows ?? 24 }),
    theme: themeOf(stream, env),
  })
  let waiting = ''
  let timer: NodeJS.Timeout | undefined
  const draw = (): void => {
    timer = undefined
    writer.push(waiting)
    waiting = ''
  }
  return {
    push(text) {
      waiting += text
      timer ??= setTimeout(draw, frameMs)
    },
    interrupt(print) {
      clearTimeout(timer)
      draw()
      writer.interrupt(print)
    },
    async end() {
      clearTimeout(timer)
      draw()
      await writer.end()
    },
  }
}
