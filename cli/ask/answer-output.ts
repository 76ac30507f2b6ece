import type { Environment } from '../../shared/settings.js'
import { themeOf } from '../output/terminal-theme.js'
import { sanitiseLine } from '../text/sanitise.js'
import { createTerminalWriter } from '../text/terminal-writer.js'
import { paintToken, type Theme } from '../text/theme.js'
import { wrapAnsi } from '../text/wrap.js'

/** Where a text goes as it streams. */
export interface TextOutput {
  push(text: string): void | Promise<void>
  /** Lets `print` write to stderr without harm to a text that is half on the screen. */
  interrupt(print: () => void): void
  end(): void | Promise<void>
}

/** Where a plan goes, which is for eyes only. */
export interface PlanOutput extends TextOutput {
  /** Says in a line who speaks from here on. */
  label(text: string): void
}

/** Where the texts of a turn go. */
export interface AnswerOutput {
  readonly answer: TextOutput
  /** Undefined: nobody would see a plan. */
  readonly openPlan: (() => Promise<PlanOutput>) | undefined
}

/** Deltas of a frame are joined; a terminal shows no more than this many a second, ms. */
const frameMs = 33

/** The rendered answer on a terminal: markdown, highlighted, sanitised. */
export function createTerminalOutput(stream: NodeJS.WriteStream, env: Environment): TextOutput {
  return createRenderedOutput(stream, themeOf(stream, env))
}

/** The rendered plan on a terminal, paler than an answer. */
export function createTerminalPlan(stream: NodeJS.WriteStream, env: Environment): PlanOutput {
  const theme = themeOf(stream, env)
  return {
    ...createRenderedOutput(stream, theme, theme.tokens.dim),
    label(text) {
      const lines = wrapAnsi(sanitiseLine(text), stream.columns || 80)
      for (const line of lines) stream.write(`${paintToken(theme, 'dim', line)}\n`)
    },
  }
}

function createRenderedOutput(stream: NodeJS.WriteStream, theme: Theme, sgr = ''): TextOutput {
  const writer = createTerminalWriter({
    write: (bytes) => stream.write(bytes),
    size: () => ({ columns: stream.columns ?? 80, rows: stream.rows ?? 24 }),
    theme,
    sgr,
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
