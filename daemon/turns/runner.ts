import type { Pool } from 'pg'
import type { Usage } from '../../shared/contract/message.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { crashPoint } from '../crash-point.js'
import type { ChatMessage, Gateway } from '../gateway/types.js'
import type { Log } from '../log.js'
import type { Bell } from '../store/bell.js'
import type { EventWriter } from '../store/event-writer.js'
import { patiently } from '../store/patiently.js'
import { isUnavailable } from '../store/pool.js'
import { bookSpend } from '../store/spend.js'
import { type SettledMessage, type SettleInput, settleTurn } from '../store/turn-settle.js'
import type { StartedTurn } from '../store/turn-start.js'
import type { Warning } from './choose.js'
import { answerContext, chatContext, planContext } from './context.js'
import type { LeftTurns } from './left-turns.js'
import { createMeter, type Meter } from './meter.js'
import { type PhaseOutcome, runPhase } from './phase.js'
import { createRecorder, type Recorder, TurnLost } from './recorder.js'
import type { Spool } from './spool.js'

export interface RunnerDeps {
  pool: Pool
  gateway: Gateway
  writer: EventWriter
  log: Log
  /** Wakes the followers of this process. */
  ring: Bell['ring']
  spool: Spool
  left: LeftTurns
  /** Called once, when this process is done with a turn; `lost`: it was no longer ours to end. */
  onEnd(status: SettledMessage['status'] | 'lost', code?: string): void
  /** How long the end of a turn waits for a database that is away, ms. */
  patienceMs: number
}

export interface RunInput {
  turn: StartedTurn
  warnings: readonly Warning[]
  /** Aborting it with reason 'stopped' or 'interrupted' ends the turn with that status. */
  cut: AbortController
}

/** How a turn, or its first phase, is to be settled. */
type Wanted = Pick<SettleInput, 'messages' | 'end'>

/**
 * Runs a started turn to its end: one completion, or in plan mode the plan and then the answer.
 * Never rejects: what cannot be recorded is left, to be ended as soon as the database answers.
 */
export async function runTurn(deps: RunnerDeps, input: RunInput): Promise<void> {
  const { turn, cut } = input
  const fence = { epoch: turn.epoch }
  const recorder = createRecorder({
    lastEvent: turn.lastEvent,
    append: (events) => deps.writer.append({ turnId: turn.id, epoch: turn.epoch, events }),
    onFailure: (error) => cut.abort(error),
    spool: deps.spool,
  })
  const meter = createMeter(deps.gateway)
  let wanted: Wanted = {}
  const settle = async (what: Wanted): Promise<void> => {
    wanted = what
    await recorder.settle((events) =>
      settlePatiently(deps, { turnId: turn.id, fence, events, ...what }),
    )
    if (what.end !== undefined) tellEnd(deps, turn, what.end)
  }
  try {
    await run(deps, input, { recorder, meter, settle })
  } catch (error) {
    cut.abort(error)
    const lost = error instanceof TurnLost
    const reason = error instanceof Error ? error.message : String(error)
    deps.log[lost ? 'info' : 'error']({ turn: turn.id, reason }, 'could not go on with a turn')
    const events = recorder.leave()
    if (lost) {
      deps.onEnd('lost')
      return await book(deps, turn, meter.total())
    }
    const left = { end: { ...broken(error), reckoned: meter.reckoned() }, ...wanted }
    deps.left.add({ turnId: turn.id, fence, events, ...left })
    tellEnd(deps, turn, left.end)
  } finally {
    deps.ring([turn.id])
  }
}

/** No text of anybody's: ids, codes and the model, by which an operator finds the provider that fails. */
function tellEnd(
  { log, onEnd }: RunnerDeps,
  turn: StartedTurn,
  { status, problem }: NonNullable<SettleInput['end']>,
): void {
  onEnd(status, problem?.code)
  const { id, sessionId: session, model } = turn
  const level = problem === undefined ? 'debug' : 'info'
  log[level]({ turn: id, session, model, status, code: problem?.code }, 'a turn ended')
}

/** A turn that was deleted while it ran was paid for; one that somebody else has ended is booked already, or not known to be. */
async function book(
  { pool, log }: RunnerDeps,
  turn: StartedTurn,
  dollars: number | undefined,
): Promise<void> {
  if (dollars === undefined) return
  await bookSpend(pool, turn, { dollars, isEstimated: true }).catch((error: Error) => {
    log.warn({ turn: turn.id, error: error.message }, 'could not book what a lost turn has cost')
  })
}

/** How a turn ends that had not come to an end of its own. */
function broken(error: unknown): NonNullable<SettleInput['end']> {
  const [code, detail] = isUnavailable(error)
    ? (['db_unavailable', 'the database was away for too long; the answer was cut off'] as const)
    : (['internal', 'the answer could not be stored'] as const)
  return { status: 'interrupted', problem: new ProblemError(code, detail).toProblem() }
}

interface Running {
  recorder: Recorder
  meter: Meter
  settle(what: Wanted): Promise<void>
}

async function run(deps: RunnerDeps, input: RunInput, running: Running): Promise<void> {
  const { turn, cut } = input
  const { recorder, meter, settle } = running
  const complete = (
    model: string,
    messageId: string,
    messages: readonly ChatMessage[],
    keepText = false,
  ): Promise<PhaseOutcome> => {
    const { id: callId, sessionId, params } = turn
    const noCache = turn.retryOf !== null
    const request = { model, messages, params, callId, sessionId, noCache }
    return runPhase({
      gateway: deps.gateway,
      keepText,
      messageId,
      recorder,
      signal: cut.signal,
      request,
      meter: meter.call(request),
    })
  }
  const context = {
    instructions: turn.role?.instructions,
    history: turn.history,
    question: turn.question,
  }

  for (const warning of input.warnings) recorder.json('warning', warning)

  let planned: PhaseOutcome | undefined
  if (turn.plan !== null && turn.planMessageId !== null) {
    const model = turn.plan.planning_model
    recorder.json('phase', { phase: 'plan', message_id: turn.planMessageId, model })
    planned = await complete(model, turn.planMessageId, planContext(context), true)
    if (planned.message.status !== 'complete') return settle(end([planned], { turn, meter }))
    await settle({ messages: [planned.message] })
    if (crashPoint) await crashPoint('between-phases')
    recorder.json('phase', {
      phase: 'answer',
      message_id: turn.answerMessageId,
      model: turn.model,
    })
  }

  const messages = planned ? answerContext(context, planned.text) : chatContext(context)
  const answered = await complete(turn.model, turn.answerMessageId, messages)
  if (crashPoint) await crashPoint('after-finish-reason-before-finish-tx')
  await settle(end(planned ? [planned, answered] : [answered], { turn, meter }))
}

/** The turn ends as its last phase did; usage is that of all. */
function end(
  phases: readonly PhaseOutcome[],
  { turn, meter }: { turn: StartedTurn; meter: Meter },
): Wanted {
  const last = phases.at(-1)
  if (last === undefined) throw new Error('a turn has a phase')
  // Or every question without a model would be put to it again.
  const isUnknown = last.problem?.code === 'model_not_found'
  return {
    messages: phases.map((phase) => phase.message),
    end: {
      status: last.message.status,
      usage: sumUsage(phases.flatMap((phase) => phase.usage ?? [])),
      problem: last.problem,
      reckoned: meter.reckoned(),
      ...(isUnknown && turn.fillsModel && { forgetModel: turn.model }),
    },
  }
}

function sumUsage(usages: readonly Usage[]): Usage | undefined {
  if (usages.length === 0) return undefined
  const sum = (key: 'prompt_tokens' | 'completion_tokens' | 'total_tokens'): number =>
    usages.reduce((total, usage) => total + usage[key], 0)
  const costs = usages.flatMap((usage) => usage.cost_usd ?? [])
  return {
    prompt_tokens: sum('prompt_tokens'),
    completion_tokens: sum('completion_tokens'),
    total_tokens: sum('total_tokens'),
    // A sum that lacks one part would be a made-up price.
    ...(costs.length === usages.length && {
      cost_usd: Number(costs.reduce((a, b) => a + b, 0).toPrecision(12)),
      ...(usages.some((usage) => usage.cost_estimated) && { cost_estimated: true }),
    }),
  }
}

/** Waits for a database that is away: the answer is paid for. Throws TurnLost when the turn is not ours. */
async function settlePatiently(deps: RunnerDeps, input: SettleInput): Promise<void> {
  if (!(await patiently(() => settleTurn(deps.pool, input), deps.patienceMs))) throw new TurnLost()
  if (crashPoint) await crashPoint('after-finish-commit-before-terminal-emit')
  deps.ring([input.turnId])
}
