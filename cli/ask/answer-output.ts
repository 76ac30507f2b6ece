import type { Environment } from '../../shared/settings.js'
import { themeOf } from '../output/terminal-theme.js'
import { sanitise, sanitiseLine, takeWhole } from '../text/sanitise.js'
import { createTerminalWriter, type TerminalWriter } from '../text/terminal-writer.js'
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
  return createGuardedOutput(writer, (text) => stream.write(text))
}

/** Draws with the writer; from its first error on the text is written as it is, but sanitised. */
export function createGuardedOutput(
  writer: TerminalWriter,
  write: (text: string) => void,
): TextOutput {
  let waiting = ''
  let timer: NodeJS.Timeout | undefined
  let plain: PlainText | undefined
  const draw = (): void => {
    timer = undefined
    const text = waiting
    waiting = ''
    try {
      if (plain) plain.push(text)
      else writer.push(text)
    } catch {
      giveUp()
    }
  }
  const giveUp = (): void => {
    plain = createPlainText(write)
    plain.push(writer.abandon())
  }
  return {
    push(text) {
      waiting += text
      timer ??= setTimeout(draw, frameMs)
    },
    interrupt(print) {
      clearTimeout(timer)
      draw()
      if (plain) {
        plain.finishLine()
        print()
        return
      }
      let printed = false
      try {
        writer.interrupt(() => {
          printed = true
          print()
        })
      } catch {
        giveUp()
        if (!printed) print()
      }
    },
    async end() {
      clearTimeout(timer)
      draw()
      try {
        if (!plain) await writer.end()
      } catch {
        giveUp()
      }
      plain?.finishLine()
    },
  }
}

type PlainText = { push(text: string): void; finishLine(): void }

function createPlainText(write: (text: string) => void): PlainText {
  let held = ''
  let isOpen = false
  const put = (text: string): void => {
    if (text === '') return
    write(sanitise(text))
    isOpen = !text.endsWith('\n')
  }
  return {
    push(text) {
      const { ready, held: rest } = takeWhole(held + text)
      held = rest
      put(ready)
    },
    finishLine() {
      put(held)
      held = ''
      if (isOpen) write('\n')
      isOpen = false
    },
  }
}
