import type { Plan } from '../../shared/contract/common.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { HistoryMessage } from '../store/messages.js'
import type { LockedSession, TurnChoice, TurnRole } from '../store/turn-start.js'
import { estimateTokens } from './context.js'

/** What a post names; undefined leaves it to the session, null means none. */
export interface Asked {
  message: string
  model?: string | null | undefined
  roleId?: string | null | undefined
  plan?: Plan | null | undefined
  /** A role that came inside the message (the original web client); it wins. */
  liftedRole?: TurnRole | undefined
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

/** The first 60 code points of the user's own words, white space collapsed. */
function titleOf(message: string): string {
  let title = ''
  // Word by word, since a message may have megabytes; 60 code points are at most 120 units.
  for (const [word] of message.matchAll(/\S+/gu)) {
    title += title === '' ? word.slice(0, 120) : ` ${word.slice(0, 120)}`
    if (title.length >= 120) break
  }
  return [...title].slice(0, 60).join('').trim()
}

/** What the turn will do. Throws ProblemError `model_required` or `context_window`. */
export function choose(
  asked: Asked,
  session: LockedSession,
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
    title: session.title === newChat ? titleOf(asked.message) || newChat : session.title,
    warnings: guessed
      ? [{ code: 'model_defaulted', detail: `no model named: ${model}, the gateway's first` }]
      : [],
  }
}

/**
 * The guard on the context window: refuses what surely cannot fit (an estimate over 150 %), warns at
 * 80 %; between the two the gateway's own error decides, since the estimate is rough.
 */
export function guardContext(
  choice: TurnChoice,
  history: readonly HistoryMessage[],
  question: string,
  instructions: string | undefined,
  defaults: Defaults,
): Warning[] {
  const tokens = estimateTokens({ instructions, history, question })
  const models = choice.plan
    ? [choice.plan.planning_model, choice.plan.answering_model]
    : [choice.model]
  return models.flatMap((model) => {
    const window = defaults.contextWindow(model)
    if (window === undefined || tokens < window * 0.8) return []
    const detail = `about ${tokens} tokens; ${model} takes ${window}`
    if (tokens > window * 1.5) throw new ProblemError('context_window', detail)
    return [{ code: 'context_window', detail }]
  })
}
