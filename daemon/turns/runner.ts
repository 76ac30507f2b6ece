import type { Pool } from 'pg'
import type { Usage } from '../../shared/contract/message.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { ChatMessage, ChatParams, Gateway } from '../gateway/types.js'
import type { Log } from '../log.js'
import type { EventWriter } from '../store/event-writer.js'
import { type SettleInput, settleTurn } from '../store/turn-settle.js'
import type { StartedTurn } from '../store/turn-start.js'
import type { Warning } from './choose.js'
import { answerContext, chatContext, planContext } from './context.js'
import { type PhaseOutcome, runPhase } from './phase.js'
import { createRecorder, TurnLost } from './recorder.js'

export interface RunnerDeps {
  pool: Pool
  gateway: Gateway
  writer: EventWriter
  log: Log
  /** Wakes the followers of this process. */
  ring(turnId: string): void
  /** How long the end of a turn waits for a database that is away, ms. */
  patienceMs: number
}

export interface RunInput {
  turn: StartedTurn
  /** The user's own words, and what of the request goes to the model. */
  question: string
  params: ChatParams
  warnings: readonly Warning[]
  /** Aborting it with reason 'stopped' or 'interrupted' ends the turn with that status. */
  cut: AbortController
}

/**
 * Runs a started turn to its end: one completion, or in plan mode the plan and then the answer.
 * Never rejects: what cannot be recorded is left to whoever finds the lease expired.
 */
export async function runTurn(deps: RunnerDeps, input: RunInput): Promise<void> {
  try {
    await run(deps, input)
  } catch (error) {
    input.cut.abort(error)
    const lost = error instanceof TurnLost
    const reason = error instanceof Error ? error.message : String(error)
    deps.log[lost ? 'info' : 'error']({ turn: input.turn.id, reason }, 'left a turn to recovery')
  } finally {
    deps.ring(input.turn.id)
  }
}

async function run(deps: RunnerDeps, input: RunInput): Promise<void> {
  const { turn, cut } = input
  const recorder = createRecorder({
    lastEvent: turn.lastEvent,
    append: (events) => deps.writer.append({ turnId: turn.id, epoch: turn.epoch, events }),
    onFailure: (error) => cut.abort(error),
  })
  const fence = { epoch: turn.epoch }
  const settle = (what: Pick<SettleInput, 'messages' | 'end'>): Promise<void> =>
    recorder.settle((events) => settlePatiently(deps, { turnId: turn.id, fence, events, ...what }))
  const complete = (
    model: string,
    messageId: string,
    messages: readonly ChatMessage[],
  ): Promise<PhaseOutcome> =>
    runPhase({
      gateway: deps.gateway,
      messageId,
      recorder,
      signal: cut.signal,
      request: {
        model,
        messages,
        params: input.params,
        callId: turn.id,
        sessionId: turn.sessionId,
      },
    })
  const context = {
    instructions: turn.role?.instructions,
    history: turn.history,
    question: input.question,
  }

  for (const warning of input.warnings) recorder.json('warning', warning)

  let planned: PhaseOutcome | undefined
  if (turn.plan !== null && turn.planMessageId !== null) {
    const model = turn.plan.planning_model
    recorder.json('phase', { phase: 'plan', message_id: turn.planMessageId, model })
    planned = await complete(model, turn.planMessageId, planContext(context))
    if (planned.message.status !== 'complete') return settle(end([planned]))
    await settle({ messages: [planned.message] })
    recorder.json('phase', {
      phase: 'answer',
      message_id: turn.answerMessageId,
      model: turn.model,
    })
  }

  const messages = planned ? answerContext(context, planned.text) : chatContext(context)
  const answered = await complete(turn.model, turn.answerMessageId, messages)
  await settle(end(planned ? [planned, answered] : [answered]))
}

/** The turn ends as its last phase did; usage is that of all. */
function end(phases: readonly PhaseOutcome[]): Pick<SettleInput, 'messages' | 'end'> {
  const last = phases.at(-1)
  if (last === undefined) throw new Error('a turn has a phase')
  return {
    messages: phases.map((phase) => phase.message),
    end: {
      status: last.message.status,
      usage: sumUsage(phases.flatMap((phase) => phase.usage ?? [])),
      problem: last.problem,
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
    ...(costs.length === usages.length && { cost_usd: costs.reduce((a, b) => a + b, 0) }),
  }
}

const retryMs = 250

/** Waits for a database that is away: the answer is paid for. Throws TurnLost when the turn is not ours. */
async function settlePatiently(deps: RunnerDeps, input: SettleInput): Promise<void> {
  const deadline = performance.now() + deps.patienceMs
  for (;;) {
    try {
      if (!(await settleTurn(deps.pool, input))) throw new TurnLost()
      return deps.ring(input.turnId)
    } catch (error) {
      const away = error instanceof ProblemError && error.code === 'db_unavailable'
      if (!away || performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  }
}
