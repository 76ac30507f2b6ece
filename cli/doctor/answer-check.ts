import type { Client } from '../../shared/client/client.js'
import { problemFrom } from '../../shared/client/transport.js'
import { outcomeOf, type TurnOutcome } from '../../shared/contract/event.js'
import { type Finding, fail, ok, warn } from './check.js'
import { failureOf } from './daemon-check.js'

const question = 'Answer with the one word: ok'
const demo = 'offline/demo'

/** What is known of an answer that is asked for; ms from when it was. */
interface Heard {
  model?: string
  firstMs?: number
  endMs?: number
  outcome?: TurnOutcome
}

export interface AnswerOptions {
  readonly client: Client
  /** Undefined: the default one. */
  readonly model: string | undefined
  readonly patienceMs: number
  /** The user does not want to wait any more. */
  readonly signal: AbortSignal
  /** The clock, ms. */
  now(): number
}

/** Asks a model for one word, in a session that nobody sees and that is gone afterwards. */
export async function askForOneWord(options: AnswerOptions): Promise<Finding> {
  const { client, model, patienceMs } = options
  const heard: Heard = {}
  let sessionId: string | undefined
  // Not AbortSignal.any of a timeout, which Node 20 forgets when it collects garbage.
  const patience = new AbortController()
  const giveUp = (): void => patience.abort()
  const timer = setTimeout(giveUp, patienceMs)
  options.signal.addEventListener('abort', giveUp)
  try {
    const session = await client.createSession({
      ephemeral: true,
      ...(model !== undefined && { model }),
    })
    sessionId = session.id
    await hear(sessionId, heard, { ...options, signal: patience.signal })
    // A stream that is aborted just ends.
    const isLate = patience.signal.aborted && heard.outcome === undefined
    return isLate ? lateFinding(heard, patienceMs) : answerFinding(heard)
  } catch (error) {
    return patience.signal.aborted ? lateFinding(heard, patienceMs) : failureOf(error)
  } finally {
    clearTimeout(timer)
    options.signal.removeEventListener('abort', giveUp)
    // With it goes the turn, which would go on asking.
    if (sessionId !== undefined) await client.deleteSession(sessionId).catch(() => undefined)
  }
}

async function hear(sessionId: string, heard: Heard, options: AnswerOptions): Promise<void> {
  const { client, signal, now } = options
  const began = now()
  const idempotencyKey = `doctor-${sessionId}`
  const body = { message: question }
  for await (const batch of await client.chat(sessionId, body, { idempotencyKey, signal })) {
    for (const event of batch) {
      if (event.event === 'turn.started') heard.model = event.data.model
      const isWord = event.event === 'delta' || event.event === 'reasoning'
      if (isWord) heard.firstMs ??= now() - began
    }
    const outcome = outcomeOf(batch)
    if (outcome !== undefined) Object.assign(heard, { outcome, endMs: now() - began })
  }
}

/** What an answer that ended says of the way to its model. */
export function answerFinding({ model = '', firstMs, endMs, outcome }: Heard): Finding {
  if (outcome === undefined) {
    return fail(`${model}: the stream broke off`, 'Try again, and see the log: c2a daemon logs')
  }
  if (outcome.problem) {
    const { message, hint } = problemFrom(outcome.problem, outcome.problem.detail)
    return fail(`${model}: ${message}`, hint ?? `Try another model: c2a doctor -m NAME`)
  }
  if (outcome.status !== 'complete') {
    return fail(`${model}: the answer was ${outcome.status}`, 'Try again.')
  }
  const times = [
    ...(firstMs === undefined ? [] : [`first token after ${seconds(firstMs)}`]),
    ...(endMs === undefined ? [] : [`${seconds(endMs)} in all`]),
  ]
  const by = outcome.messages.at(-1)?.model
  const who = by && by !== model ? `${model} (by ${by})` : model
  const text = `${who} answers: ${[...times, ...figures(outcome)].join(', ')}`
  if (model !== demo) return ok(text)
  return warn(`${text}; it works, but it is the demo`, 'For real models get a gateway: see above.')
}

function figures({ usage }: TurnOutcome): string[] {
  if (usage === undefined) return []
  const { prompt_tokens: asked, completion_tokens: answered, cost_usd: cost } = usage
  const tokens = `${asked} + ${answered} tokens`
  return cost === undefined ? [tokens] : [tokens, `$${Number(cost.toPrecision(2))}`]
}

/** What there is when patience was at its end. */
export function lateFinding({ model, firstMs }: Heard, patienceMs: number): Finding {
  const who = model === undefined ? '' : `${model}: `
  const limit = `within ${seconds(patienceMs)}`
  const what =
    firstMs === undefined
      ? `no answer began ${limit}`
      : `the answer began after ${seconds(firstMs)} but did not end ${limit}`
  const longer = Math.ceil(patienceMs / 250)
  return fail(
    `${who}${what}`,
    `Try another model: c2a doctor -m NAME. If it is just slow: c2a doctor --timeout ${longer}`,
  )
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 1_000)} s`
}
