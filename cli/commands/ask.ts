import { Command } from 'commander'
import type { Client } from '../../shared/client/client.js'
import { askAndFollow } from '../../shared/client/follow.js'
import { problemFrom } from '../../shared/client/transport.js'
import type { Plan } from '../../shared/contract/common.js'
import type { TurnOutcome } from '../../shared/contract/event.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { type Answer, createAnswer, openOutput } from '../ask/answer.js'
import { type AskOptions, findSession } from '../ask/session.js'
import { loadClientConfig } from '../config.js'
import { connectToDaemon } from '../connect.js'
import { readPrompt } from '../input/prompt.js'
import { exitWith } from '../output/exit.js'
import { safeJson } from '../output/safe-json.js'

/** How long to try to get back to a daemon that went away, ms. */
const reconnectMs = 60_000
/** How long Ctrl+C waits for the daemon to have stopped the answer, ms. */
const stopWaitMs = 2_000
const incomplete = 7
const interrupted = 130

export function askCommand(): Command {
  return new Command('ask')
    .summary('ask one question; the answer is on stdout')
    .description(
      'Asks one question and prints the answer as it streams: bare in a pipe, rendered on a terminal. ' +
        'The prompt is the arguments, then a blank line, then stdin.',
    )
    .argument('[prompt...]', 'the question')
    .option('-m, --model <model>', 'the model to ask')
    .option('-r, --role <role>', 'the role to answer in')
    .option('-s, --session <id>', 'ask in this session (the beginning of its id is enough)')
    .option('-C, --continue', 'ask in the most recent session')
    .option('--no-save', 'leave nothing behind')
    .option('--plan <planner,answerer>', 'plan with one model, answer with another', parsePlan)
    .option('--json', 'print one JSON object at the end')
    .option('--raw', 'do not render on a terminal')
    .addHelpText('after', examples)
    .action(ask)
}

const examples = `
Examples:
  c2a ask "what is a monad?"
  git diff | c2a ask -m openai/gpt-4o "review this" > review.md
  c2a ask -C "and in one sentence?"

Exit code 0 only for a complete answer; 6: no answer, 7: only a part of it arrived.`

function parsePlan(text: string): Plan {
  const [planning, answering, ...more] = text.split(',').map((name) => name.trim())
  if (!planning || !answering || more.length > 0) {
    throw new ProblemError('invalid_request', `--plan takes PLANNER,ANSWERER, not "${text}"`)
  }
  return { planning_model: planning, answering_model: answering }
}

async function ask(words: string[], options: AskOptions): Promise<void> {
  if (options.session !== undefined && options.continue) {
    throw new ProblemError('invalid_request', '-s and -C name two different sessions')
  }
  const message = await readPrompt(words)
  if (message.trim() === '') {
    throw new ProblemError('invalid_request', 'nothing to ask', {
      hint: 'c2a ask "a question", or pipe one in.',
    })
  }
  const config = loadClientConfig()
  let client: Client | undefined = await connectToDaemon(config)
  const first = client
  const { sessionId, body, isNew } = await findSession(first, options)
  const interrupt = watchInterrupt(() => first.stopSession(sessionId))
  const answer = createAnswer(() => openOutput(options, config.env))
  const outcome = await askAndFollow({
    connect: async () => {
      const connected = client ?? (await connectToDaemon(config))
      client = undefined
      return connected
    },
    sessionId,
    body: { ...body, message },
    idempotencyKey: newKey(),
    reconnectMs,
    onBreak: () => answer.note('the connection to the daemon broke; reconnecting'),
    onEvents: answer.take,
  }).catch(async (error: unknown) => {
    await answer.end()
    // Refused before anything was stored: the session that was made for it would stay empty.
    if (isNew && answer.started === undefined) await first.deleteSession(sessionId).catch(ignore)
    throw answer.text === '' ? error : withExit(error, incomplete)
  })
  await answer.end()
  if (!options.save) await first.deleteSession(sessionId).catch(ignore)
  if (options.json) printJson(outcome, answer, options)
  if (interrupt.asked) exitWith(interrupted)
  else finish(outcome, answer.text)
}

function ignore(): void {}

/** Unique for this user; no secret, so node:crypto need not be loaded. */
function newKey(): string {
  return `ask-${process.pid}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`
}

/**
 * Ctrl+C asks the daemon to stop the turn and lets its stream end by itself, so that everything that
 * is kept was also shown; when that takes too long, or at the second Ctrl+C, the program just ends.
 */
function watchInterrupt(stop: () => Promise<unknown>): { asked: boolean } {
  const state = { asked: false }
  const leave = (): void => exitWith(interrupted)
  process.on('SIGINT', () => {
    if (state.asked) process.exit(interrupted)
    state.asked = true
    stop().catch(leave)
    // Once more on the way out: the first may have come before the turn.
    setTimeout(() => stop().then(leave, leave), stopWaitMs)
  })
  return state
}

function withExit(error: unknown, exit: number): unknown {
  if (!(error instanceof ProblemError)) return error
  const { code, message, hint } = error
  return new ProblemError(code, message, { exit, cause: error, ...(hint && { hint }) })
}

/** Ends the program as the turn did: 0 complete, 6 nothing arrived, 7 something did. */
function finish(outcome: TurnOutcome, text: string): void {
  if (outcome.status === 'complete') {
    exitWith(0)
    return
  }
  const problem = outcome.problem && problemFrom(outcome.problem, outcome.problem.detail)
  if (problem === undefined) {
    const why =
      outcome.status === 'stopped'
        ? 'somebody stopped the answer'
        : 'the daemon was ended in the middle of the answer'
    throw new ProblemError('cancelled', why, { exit: incomplete })
  }
  throw text === '' ? problem : withExit(problem, incomplete)
}

function printJson(outcome: TurnOutcome, answer: Answer, options: AskOptions): void {
  const message = outcome.messages.at(-1)
  const object = {
    answer: answer.text,
    session_id: options.save ? outcome.session_id : null,
    turn_id: outcome.turn_id,
    message_id: message?.id ?? null,
    requested_model: answer.started?.model ?? options.model ?? null,
    model: message?.model ?? null,
    usage: outcome.usage ?? null,
    cost_usd: outcome.usage?.cost_usd ?? null,
    finish_reason: message?.finish_reason ?? null,
    ...(answer.plan !== '' && { plan: answer.plan }),
    ...(outcome.problem && { problem: outcome.problem }),
  }
  process.stdout.write(`${safeJson(object)}\n`)
}
