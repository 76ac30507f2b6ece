import { problemFrom } from '../../shared/client/transport.js'
import type { TurnOutcome } from '../../shared/contract/event.js'
import { type Problem, ProblemError } from '../../shared/contract/problem.js'
import { exitWith } from '../output/exit.js'
import { cutNote } from '../output/message-ending.js'
import { say } from '../output/report.js'
import { safeJson } from '../output/safe-json.js'
import type { Answer } from './answer.js'
import type { AskOptions } from './session.js'

/** Nothing of the answer arrived, or only a part of it. */
const nothing = 6
const incomplete = 7

/** How far a question has come. */
export interface Progress {
  answer?: Answer
  outcome?: TurnOutcome
  /** Ctrl+C was pressed. */
  interrupted?: boolean
  /** stdout's reader has gone. */
  unread?: boolean
}

/** The same error with the exit code of an answer that broke: of its own, or 7 when text had come. */
export function afterText(error: unknown, text: string): unknown {
  if (!(error instanceof ProblemError) || text === '') return error
  const { code, message, hint } = error
  return new ProblemError(code, message, { exit: incomplete, cause: error, ...(hint && { hint }) })
}

/** Ends the program as the turn did: 0 complete, 6 nothing arrived, 7 something did. */
export function finish(outcome: TurnOutcome, text: string, options: AskOptions): void {
  const failure = failureOf(outcome, text, options)
  if (failure !== undefined) throw failure
  const note = cutNote(outcome.messages.at(-1)?.finish_reason)
  if (note !== undefined) say(note)
  exitWith(0)
}

/** Why the answer is not complete, with the exit code. */
export function failureOf(outcome: TurnOutcome, text: string, options: AskOptions): unknown {
  if (outcome.status === 'complete') return undefined
  if (outcome.problem) {
    const detail = ofTwo(outcome.messages, outcome.problem.detail, text)
    return afterText(problemFrom({ ...outcome.problem, detail }, detail), text)
  }
  const why =
    outcome.status === 'stopped'
      ? 'the answer was stopped'
      : 'the daemon was ended in the middle of the answer'
  const kept = text !== '' && options.save
  return new ProblemError('cancelled', why, {
    exit: text === '' ? nothing : incomplete,
    ...(kept && { hint: `What came is kept: c2a sessions show ${outcome.session_id.slice(0, 8)}` }),
  })
}

/** Where two models were asked, whose failure it is. */
function ofTwo(messages: TurnOutcome['messages'], detail: string, text: string): string {
  const plan = messages.find(({ kind }) => kind === 'plan')
  if (plan === undefined) return detail
  if (plan.status !== 'complete') return `no plan by ${plan.model}: ${detail}`
  const whole = text === '' ? 'no answer' : 'no whole answer'
  return `${whole} by ${messages.at(-1)?.model}: ${detail}`
}

/** The one object of --json, also when there is no answer to tell of. */
export function printJson(
  { answer, outcome }: Progress,
  options: AskOptions,
  error?: unknown,
): void {
  const message = outcome?.messages.at(-1)
  const problem: Problem | undefined =
    outcome?.problem ?? (error instanceof ProblemError ? error.toProblem() : undefined)
  const sessionId = outcome?.session_id ?? answer?.started?.session_id ?? null
  const object = {
    answer: answer?.text ?? '',
    session_id: options.save ? sessionId : null,
    turn_id: outcome?.turn_id ?? answer?.started?.turn_id ?? null,
    message_id: message?.id ?? answer?.started?.message_id ?? null,
    requested_model: answer?.started?.model ?? options.model ?? null,
    model: message?.model ?? null,
    usage: outcome?.usage ?? null,
    cost_usd: outcome?.usage?.cost_usd ?? null,
    cost_estimated: outcome?.usage?.cost_estimated ?? false,
    finish_reason: message?.finish_reason ?? null,
    ...(answer?.plan && { plan: answer.plan }),
    ...(problem && { problem }),
  }
  process.stdout.write(`${safeJson(object)}\n`)
}
