import type { TurnEvent } from '../../shared/contract/event.js'
import type { Environment } from '../../shared/settings.js'
import { say } from '../output/report.js'
import { sanitise } from '../text/sanitise.js'
import type { AnswerOutput } from './answer-output.js'
import type { AskOptions } from './session.js'

/** What of a turn's events ends up where. */
export interface Answer {
  readonly text: string
  readonly started: Extract<TurnEvent, { event: 'turn.started' }>['data'] | undefined
  readonly plan: string
  take(events: readonly TurnEvent[]): Promise<void>
  /** Tells the user something in the middle of it all. */
  note(text: string): void
  end(): Promise<void>
}

/**
 * Routes events: the answer to stdout, the plan and warnings to stderr. The output is opened when the
 * turn has started: what a terminal needs is loaded while the model thinks.
 */
export function createAnswer(open: () => Promise<AnswerOutput>): Answer {
  const answer: string[] = []
  const plan: string[] = []
  let started: Answer['started']
  let planning = false
  let output: AnswerOutput | undefined
  const note = (text: string): void => {
    if (output === undefined) say(text)
    else output.interrupt(() => say(text))
  }
  return {
    get text() {
      return answer.join('')
    },
    get plan() {
      return plan.join('')
    },
    get started() {
      return started
    },
    async take(events) {
      output ??= await open()
      const text: string[] = []
      for (const event of events) {
        if (event.event === 'delta') (planning ? plan : text).push(event.data.text)
        else if (event.event === 'turn.started') started = event.data
        else if (event.event === 'warning') note(event.data.detail)
        else if (event.event === 'phase') planning = showPhase(event.data.phase, plan)
        if (planning && event.event === 'delta' && process.stderr.isTTY) {
          process.stderr.write(sanitise(event.data.text))
        }
      }
      if (text.length === 0) return
      answer.push(...text)
      await output.push(text.join(''))
    },
    note,
    end: async () => output?.end(),
  }
}

function showPhase(phase: 'plan' | 'answer', plan: readonly string[]): boolean {
  const planned = phase === 'answer' && plan.length > 0
  if (planned && process.stderr.isTTY) process.stderr.write('\n\n')
  return phase === 'plan'
}

/** Rendered on a terminal, bare in a pipe, nothing for --json. */
export async function openOutput(
  options: Pick<AskOptions, 'json' | 'raw'>,
  env: Environment,
): Promise<AnswerOutput> {
  const { stdout } = process
  if (options.json) return { push: () => undefined, end: () => undefined, interrupt: run }
  if (stdout.isTTY && !options.raw && env['TERM'] !== 'dumb') {
    const { createTerminalOutput } = await import('./answer-output.js')
    return createTerminalOutput(stdout, env)
  }
  return createPlainOutput(stdout)
}

function run(print: () => void): void {
  print()
}

function createPlainOutput(stdout: NodeJS.WriteStream): AnswerOutput {
  let last = ''
  const finishLine = (): void => {
    if (last !== '' && !last.endsWith('\n')) stdout.write('\n')
    last = ''
  }
  return {
    push(text) {
      last = text
      // A terminal must not obey what a model writes, rendered or not.
      const shown = stdout.isTTY ? sanitise(text) : text
      if (stdout.write(shown)) return undefined
      return new Promise((resolve) => stdout.once('drain', resolve))
    },
    interrupt(print) {
      // A pipe gets the answer and nothing else.
      if (stdout.isTTY) finishLine()
      print()
    },
    end: finishLine,
  }
}
