import type { TurnEvent } from '../../shared/contract/event.js'
import type { Environment } from '../../shared/settings.js'
import { say } from '../output/report.js'
import { sanitise, sanitiseLine } from '../text/sanitise.js'
import type { AnswerOutput, PlanOutput, TextOutput } from './answer-output.js'
import type { AskOptions } from './session.js'

type Data<Name extends TurnEvent['event']> = Extract<TurnEvent, { event: Name }>['data']

/** What of a turn's events ends up where. */
export interface Answer {
  readonly text: string
  readonly started: Data<'turn.started'> | undefined
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
  let planOutput: PlanOutput | undefined
  const current = (): TextOutput | undefined => (planning ? planOutput : output?.answer)
  const note = (text: string): void => {
    const shown = current()
    if (shown === undefined) say(text)
    else shown.interrupt(() => say(text))
  }
  const push = async (text: string): Promise<void> => {
    if (text === '') return
    const kept = planning ? plan : answer
    kept.push(text)
    await current()?.push(text)
  }
  const enter = async ({ phase, model }: Data<'phase'>): Promise<void> => {
    planOutput ??= await output?.openPlan?.()
    if (planning) await planOutput?.end()
    if (planning) planOutput?.label('')
    planning = phase === 'plan'
    planOutput?.label(`${phase} · ${model}`)
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
      let text = ''
      for (const event of events) {
        if (event.event === 'delta') text += event.data.text
        else if (event.event === 'turn.started') started = event.data
        else if (event.event === 'warning') note(event.data.detail)
        else if (event.event === 'phase') {
          await push(text)
          text = ''
          await enter(event.data)
        }
      }
      await push(text)
    },
    note,
    end: async () => current()?.end(),
  }
}

/** Rendered on a terminal, bare in a pipe, nothing for --json; a plan is shown on a terminal only. */
export async function openOutput(
  options: Pick<AskOptions, 'json' | 'raw'>,
  env: Environment,
): Promise<AnswerOutput> {
  const { stdout, stderr } = process
  if (options.json) {
    const answer = { push: () => undefined, end: () => undefined, interrupt: run }
    return { answer, openPlan: undefined }
  }
  const rendered = !options.raw && env['TERM'] !== 'dumb'
  const openAnswer = async (): Promise<TextOutput> => {
    if (!rendered || !stdout.isTTY) return createPlainOutput(stdout)
    const { createTerminalOutput } = await import('./answer-output.js')
    return createTerminalOutput(stdout, env)
  }
  const openPlan = async (): Promise<PlanOutput> => {
    if (!rendered) return createPlainPlan(stderr)
    const { createTerminalPlan } = await import('./answer-output.js')
    return createTerminalPlan(stderr, env)
  }
  return { answer: await openAnswer(), openPlan: stderr.isTTY ? openPlan : undefined }
}

function run(print: () => void): void {
  print()
}

function createPlainPlan(stderr: NodeJS.WriteStream): PlanOutput {
  const label = (text: string): void => {
    stderr.write(`${sanitiseLine(text)}\n`)
  }
  return { ...createPlainOutput(stderr), label }
}

function createPlainOutput(stdout: NodeJS.WriteStream): TextOutput {
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
