import { Command } from 'commander'
import { askAndFollow } from '../../shared/client/follow.js'
import type { Plan } from '../../shared/contract/common.js'
import type { TurnOutcome } from '../../shared/contract/event.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { sizeProblem } from '../../shared/limits.js'
import { createAnswer, openOutput } from '../ask/answer.js'
import { followingInto } from '../ask/following.js'
import { afterText, failureOf, finish, type Progress, printJson } from '../ask/outcome.js'
import { type AskOptions, findSession } from '../ask/session.js'
import { loadClientConfig } from '../config.js'
import { connectToDaemon } from '../connect.js'
import { paramHelp, paramOption } from '../input/param-option.js'
import { readPrompt } from '../input/prompt.js'
import { beforeBrokenPipe, exitWith } from '../output/exit.js'

/** How long Ctrl+C waits for the daemon to have stopped the answer, ms. */
const stopWaitMs = 2_000
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
    .addOption(paramOption('a parameter of the model for this question'))
    .option('--max-cost <usd>', 'refuse when the session would have cost more with it', parseCost)
    .option('--json', 'print one JSON object at the end')
    .option('--raw', 'do not render on a terminal')
    .addHelpText('after', `${paramHelp()}\n${examples}`)
    .action(ask)
}

const examples = `
Examples:
  c2a ask "what is a monad?"
  git diff | c2a ask -m openai/gpt-4o "review this" > review.md
  c2a ask -C "and in one sentence?"
  c2a ask -o temperature=0 -o max_tokens=200 "name a colour"

Exit code 0 only for a complete answer; 6: no answer, 7: only a part of it arrived.
Ctrl+C stops the answer, and so does a reader that leaves (| head): exit code 0 then.
A terminal that closes does not; c2a attach goes on with it.`

function parsePlan(text: string): Plan {
  const [planning, answering, ...more] = text.split(',').map((name) => name.trim())
  if (!planning || !answering || more.length > 0) {
    throw new ProblemError('invalid_request', `--plan takes PLANNER,ANSWERER, not "${text}"`)
  }
  return { planning_model: planning, answering_model: answering }
}

function parseCost(text: string): number {
  const dollars = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isFinite(dollars) && dollars >= 0) return dollars
  throw new ProblemError('invalid_request', `--max-cost takes US dollars, not "${text}"`)
}

async function ask(words: string[], options: AskOptions): Promise<void> {
  const progress: Progress = {}
  let outcome: TurnOutcome
  try {
    outcome = await run(words, options, progress)
  } catch (error) {
    // Scripts get the one object whatever happens.
    if (options.json) printJson(progress, options, error)
    throw error
  }
  // What is done then ends the program, with 0: it was the reader who had enough.
  if (progress.unread) return
  const text = progress.answer?.text ?? ''
  // Who pressed Ctrl+C knows why.
  const failure = progress.interrupted ? undefined : failureOf(outcome, text, options)
  if (options.json) printJson(progress, options, failure)
  if (progress.interrupted) exitWith(interrupted)
  else finish(outcome, text, options)
}

function checkOptions(options: AskOptions): void {
  const wrong = (what: string): ProblemError => new ProblemError('invalid_request', what)
  const inSession = options.session !== undefined || options.continue
  if (options.session !== undefined && options.continue) {
    throw wrong('-s and -C name two different sessions; give one of them')
  }
  if (!options.save && inSession) {
    throw wrong('--no-save asks in a session of its own; leave -s and -C out')
  }
  if (options.plan !== undefined && options.model !== undefined) {
    throw wrong('-m names one model and --plan two; give one of them')
  }
}

/** Asks and follows the answer to its end; `progress` is what there is when it throws. */
async function run(words: string[], options: AskOptions, progress: Progress): Promise<TurnOutcome> {
  checkOptions(options)
  const message = await readPrompt(words)
  if (message.trim() === '') {
    throw new ProblemError('invalid_request', 'nothing to ask', {
      hint: 'c2a ask "a question", or pipe one in.',
    })
  }
  const problem = sizeProblem(message)
  if (problem !== undefined) throw new ProblemError('payload_too_large', problem)
  const config = loadClientConfig()
  const first = await connectToDaemon(config)
  const { sessionId, body, isNew } = await findSession(first, options)
  const stop = () => first.stopSession(sessionId)
  watchInterrupt(progress, stop)
  // `| head`: nobody reads the rest of this answer, and it would be paid for.
  beforeBrokenPipe(async () => {
    progress.unread = true
    if (!options.save) await first.deleteSession(sessionId)
    else if (progress.outcome === undefined) await stop()
  })
  const answer = createAnswer(() => openOutput(options, config.env))
  progress.answer = answer
  try {
    progress.outcome = await askAndFollow({
      ...followingInto(answer, config, first),
      sessionId,
      body: {
        ...body,
        message,
        ...(options.maxCost !== undefined && { max_cost: options.maxCost }),
      },
      idempotencyKey: newKey(),
    })
  } catch (error) {
    // Refused before anything was stored: the session that was made for it would stay empty.
    if (isNew && answer.started === undefined) await first.deleteSession(sessionId).catch(ignore)
    throw afterText(error, answer.text)
  } finally {
    await answer.end()
    if (!options.save) await first.deleteSession(sessionId).catch(ignore)
  }
  return progress.outcome
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
function watchInterrupt(progress: Progress, stop: () => Promise<unknown>): void {
  const leave = (): void => exitWith(interrupted)
  process.on('SIGINT', () => {
    if (progress.interrupted) process.exit(interrupted)
    progress.interrupted = true
    stop().catch(leave)
    // Once more on the way out: the first may have come before the turn.
    setTimeout(() => stop().then(leave, leave), stopWaitMs)
  })
}
