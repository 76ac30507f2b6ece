import type { Environment } from '../shared/settings.js'
import { createTerminalWriter } from './text/terminal-writer.js'
import { colourLevel, themeFor } from './text/theme.js'

/** Where the text of an answer goes as it streams. */
export interface AnswerOutput {
  push(text: string): void | Promise<void>
  end(): void | Promise<void>
}

/** Deltas of a frame are joined; a terminal shows no more than this many a second, ms. */
const frameMs = 33

/** COLORFGBG is `foreground;background`; 7 and 15 are the light ones. */
export function backgroundOf(colorFgBg: string | undefined): 'dark' | 'light' {
  return /;(7|15)$/.test(colorFgBg ?? '') ? 'light' : 'dark'
}

/** The rendered answer on a terminal: markdown, highlighted, sanitised. */
export function createTerminalOutput(stream: NodeJS.WriteStream, env: Environment): AnswerOutput {
  const writer = createTerminalWriter({
    write: (bytes) => stream.write(bytes),
    size: () => ({ columns: stream.columns ?? 80, rows: stream.rows ?? 24 }),
    theme: themeFor(colourLevel(env, true), { background: backgroundOf(env['COLORFGBG']) }),
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
    async end() {
      clearTimeout(timer)
      draw()
      await writer.end()
    },
  }
}
