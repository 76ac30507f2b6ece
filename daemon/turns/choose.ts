import type { Plan } from '../../shared/contract/common.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type {
  Conversation,
  HistoryLimit,
  LockedSession,
  TurnChoice,
  TurnRole,
} from '../store/turn-start.js'
import type { Again } from '../store/variants.js'
import { estimateTokens } from './context.js'
import { titleOf } from './title.js'

/** What a post names; undefined leaves it to the session, null means none. */
export interface Asked {
  /** The user's message, or which of the session's is to be answered again. */
  message: string | Again
  model?: string | null | undefined
  roleId?: string | null | undefined
  plan?: Plan | null | undefined
  /** A role that came inside the message (the original web client); it wins. */
  liftedRole?: TurnRole | undefined
  /** What the title is made of, where the message is more than the user's own words. */
  titleFrom?: string | undefined
}

export interface Defaults {
  /** From the configuration. */
  model?: string | undefined
  /** The first of the gateway's order, when nobody named one. */
  firstModel?: string | undefined
  /** The context window of a model in tokens, where it is known. */
  contextWindow(model: string): number | undefined
}

export interface Warning {
  code: string
  detail: string
}

const newChat = 'New Chat'

/** What the turn will do. Throws ProblemError `model_required` or `context_window`. */
export function choose(
  asked: Asked,
  session: LockedSession,
  question: string,
  defaults: Defaults,
): TurnChoice & { warnings: Warning[] } {
  const plan = asked.plan === undefined ? session.plan : asked.plan
  const named = asked.model === undefined ? session.model : asked.model
  const model = plan?.answering_model ?? named ?? defaults.model ?? defaults.firstModel
  if (model === undefined) throw new ProblemError('model_required')
  const guessed = plan === null && named === null && defaults.model === undefined
  const roleId = asked.roleId === undefined ? session.role_id : asked.roleId
  return {
    model,
    plan,
    roleId: asked.liftedRole ? undefined : roleId,
    role: asked.liftedRole,
    sessionModel: session.model ?? asked.model ?? null,
    title:
      session.title === newChat ? titleOf(asked.titleFrom ?? question) || newChat : session.title,
    warnings: guessed
      ? [{ code: 'model_defaulted', detail: `no model named: ${model}, the gateway's first` }]
      : [],
  }
}

const modelsOf = ({ plan, model }: TurnChoice): string[] =>
  plan ? [plan.planning_model, plan.answering_model] : [model]

const mebibyte = 1024 * 1024
/** Where nobody knows the window: several million tokens. */
const mostUnknownBytes = 16 * mebibyte
/** Whatever a catalogue says: what is read is held in memory, more than once. */
const mostBytes = 64 * mebibyte
/** 150 % of the window, four characters a token, three bytes a character: beyond, no script fits. */
const bytesPerToken = 1.5 * 4 * 3

/** What is refused with `context_window` before it is even read; `guardContext` is more exact. */
export function historyLimit(choice: TurnChoice, defaults: Defaults): HistoryLimit {
  const limits = modelsOf(choice).map((model) => limitOf(model, defaults.contextWindow(model)))
  return limits.reduce((least, limit) => (limit.most < least.most ? limit : least))
}

function limitOf(model: string, window: number | undefined): HistoryLimit {
  const most = window === undefined ? mostUnknownBytes : Math.min(window * bytesPerToken, mostBytes)
  const much = `this session has more than ${(most / mebibyte).toFixed(1)} MiB of text`
  const refusal =
    window === undefined
      ? new ProblemError('context_window', `${much}, and nobody knows how much ${model} takes`, {
          hint: 'Start a new session, or switch to a model whose context window is known.',
        })
      : new ProblemError('context_window', `${much}; ${model} takes ${window} tokens`)
  return { most, refusal }
}

/**
 * The guard on the context window: refuses what surely cannot fit (an estimate over 150 %), warns at
 * 80 %; between the two the gateway's own error decides, since the estimate is rough.
 */
export function guardContext(
  choice: TurnChoice,
  instructions: string | undefined,
  asked: Conversation,
  defaults: Defaults,
): Warning[] {
  const tokens = estimateTokens({ instructions, ...asked })
  return modelsOf(choice).flatMap((model) => {
    const window = defaults.contextWindow(model)
    if (window === undefined || tokens < window * 0.8) return []
    if (tokens > window * 1.5) {
      const much = `the conversation has about ${tokens} tokens; ${model} takes ${window}`
      throw new ProblemError('context_window', much)
    }
    const how = tokens > window ? 'may be too long' : 'is almost too long'
    const detail = `the conversation ${how} for ${model}: about ${tokens} of ${window} tokens`
    return [{ code: 'context_window', detail }]
  })
}
