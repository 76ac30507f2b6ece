import { randomUUID } from 'node:crypto'
import type { Client } from '../../shared/client/client.js'
import { askAndFollow, attachAndFollow, retryAndFollow } from '../../shared/client/follow.js'
import { problemFrom } from '../../shared/client/transport.js'
import type { TurnEvent, TurnOutcome } from '../../shared/contract/event.js'
import { within } from '../../shared/within.js'
import { connectToDaemon, reconnectMs } from '../connect.js'
import { formatCount, formatElapsed } from '../output/figures.js'
import { cutNote } from '../output/message-ending.js'
import { isNear, sumOf, todayOf } from '../output/spend-words.js'
import { readCost } from '../session/read-cost.js'
import { inVain } from '../tui/effects/retry.js'
import { createLineAnswer } from './line-answer.js'
import { reportInChat } from './line-report.js'
import { type LineChat, notice } from './line-state.js'

/** An answer that is coming. */
export interface RunningTurn {
  /** Stops the answer; once more, or without a daemon: only stops to wait for it. */
  stop(): void
  /** Resolves when it has ended and said how; `accepted` is false when the message never got in. */
  readonly ended: Promise<{ accepted: boolean }>
  /** True while the daemon has it in hand. */
  goesOn(): boolean
}

interface FollowOptions {
  connect(): Promise<Client>
  signal: AbortSignal
  reconnectMs: number
  onBreak(): void
  onStall(stalled: boolean): void
  onEvents(events: readonly TurnEvent[]): void
}

/** Sends a message and shows its answer, over broken connections too. */
export function sendMessage(chat: LineChat, message: string): RunningTurn {
  const asked = {
    sessionId: chat.session.id,
    body: { message },
    idempotencyKey: randomUUID(),
  }
  return startTurn(chat, (options) => askAndFollow({ ...options, ...asked }))
}

/** Has the session's last message answered again and shows that, in the same way. */
export function answerAgain(chat: LineChat): RunningTurn {
  const asked = { sessionId: chat.session.id, body: {}, idempotencyKey: randomUUID() }
  return startTurn(chat, (options) => retryAndFollow({ ...options, ...asked }))
}

/** Shows an answer that was running before we came, in the same way. */
export function joinTurn(chat: LineChat, turnId: string): RunningTurn {
  return startTurn(chat, (options) => attachAndFollow({ ...options, turnId }))
}

function startTurn(
  chat: LineChat,
  follow: (options: FollowOptions) => Promise<TurnOutcome>,
): RunningTurn {
  const sessionId = chat.session.id
  const cut = new AbortController()
  const clients: Client[] = []
  const connect = async (): Promise<Client> => {
    const client = await connectToDaemon(chat.config)
    clients.push(client)
    return client
  }
  let stopping = false
  let over = false
  const stop = async (): Promise<void> => {
    const client = await connect()
    await client.stopSession(sessionId)
  }
  const answer = createLineAnswer({
    write: (text) => process.stdout.write(text),
    notice: (text) => notice(chat, text),
  })
  const run = async (): Promise<{ accepted: boolean }> => {
    try {
      const outcome = await follow({
        connect,
        signal: cut.signal,
        reconnectMs,
        onBreak: () => answer.note('The connection to the daemon broke; reconnecting.'),
        onStall(stalled) {
          if (stalled) answer.note('The database is away; the answer waits for it.')
        },
        onEvents: answer.take,
      })
      answer.end()
      sayOutcome(chat, outcome)
      await sayCost(chat, connect, outcome)
      return { accepted: true }
    } catch (error) {
      answer.end()
      if (cut.signal.aborted) notice(chat, 'Not waiting any longer; the daemon goes on with it.')
      else reportInChat(error)
      return { accepted: answer.isStarted || cut.signal.aborted }
    } finally {
      over = true
      for (const client of clients) client.close()
    }
  }
  return {
    ended: run(),
    goesOn: () => answer.isStarted && !over && !stopping,
    stop() {
      if (stopping) return cut.abort()
      stopping = true
      stop().catch(() => cut.abort())
    },
  }
}

/** Says how it ended: who cannot see the screen has no other way to know. */
function sayOutcome(chat: LineChat, outcome: TurnOutcome): void {
  const { status, problem } = outcome
  if (outcome.restored_turn_id !== undefined) return notice(chat, inVain(outcome), 'warn')
  if (status === 'complete') {
    const figures = figuresOf(outcome)
    const cut = cutNote(outcome.messages.at(-1)?.finish_reason)
    if (cut === undefined) return notice(chat, `Answer finished${figures}.`)
    return notice(chat, `Answer finished${figures}; ${cut}.`, 'warn')
  }
  if (problem === undefined || status === 'stopped') return notice(chat, `Answer ${status}.`)
  reportInChat(problemFrom(problem, problem.detail))
}

/** The prompt comes back after that in any case, ms. */
const costPatienceMs = 2_000

function figuresOf({ elapsed_ms: elapsed, usage }: TurnOutcome): string {
  const tokens = usage?.completion_tokens
  const took = elapsed === undefined ? '' : `, ${formatElapsed(elapsed)}`
  if (tokens === undefined) return took
  return `${took}, ${formatCount(tokens)} ${tokens === 1 ? 'token' : 'tokens'}`
}

/** What the status line of the whole screen has: the session's cost, and budgets that are nearly spent. */
async function sayCost(
  chat: LineChat,
  connect: () => Promise<Client>,
  { session_id: id }: TurnOutcome,
): Promise<void> {
  const read = connect().then((client) => readCost(client, id))
  // The answer is there: what cannot be counted now is told after the next one.
  const cost = await within(
    costPatienceMs,
    read.catch(() => undefined),
    () => undefined,
  )
  const { usage, spend } = cost ?? {}
  const { session_budget_usd: budget, day } = spend ?? {}
  const dollars = usage?.cost_usd
  const isSessionNear = isNear(dollars, budget)
  const isDayNear = isNear(day?.cost_usd, day?.budget_usd)
  const said = [
    ...(usage === undefined || dollars === undefined
      ? []
      : [`this session has cost ${sumOf(usage, isSessionNear ? budget : undefined)}`]),
    ...(spend !== undefined && isDayNear ? [`today ${todayOf(spend)} is spent`] : []),
  ]
  if (said.length === 0) return
  const text = said.join('; ')
  const tone = isSessionNear || isDayNear ? 'warn' : 'info'
  notice(chat, `${text.charAt(0).toUpperCase()}${text.slice(1)}.`, tone)
}
