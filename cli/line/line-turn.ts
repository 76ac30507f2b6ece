import { randomUUID } from 'node:crypto'
import type { Client } from '../../shared/client/client.js'
import { askAndFollow, attachAndFollow, retryAndFollow } from '../../shared/client/follow.js'
import { problemFrom } from '../../shared/client/transport.js'
import type { TurnEvent, TurnOutcome } from '../../shared/contract/event.js'
import { connectToDaemon, reconnectMs } from '../connect.js'
import { cutNote } from '../output/message-ending.js'
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
  const { status, usage, problem } = outcome
  if (outcome.restored_turn_id !== undefined) return notice(chat, inVain(outcome), 'warn')
  if (status === 'complete') {
    const tokens = usage?.completion_tokens
    const count = tokens === undefined ? '' : `, ${tokens} ${tokens === 1 ? 'token' : 'tokens'}`
    const cut = cutNote(outcome.messages.at(-1)?.finish_reason)
    if (cut === undefined) return notice(chat, `Answer finished${count}.`)
    return notice(chat, `Answer finished${count}; ${cut}.`, 'warn')
  }
  if (problem === undefined || status === 'stopped') return notice(chat, `Answer ${status}.`)
  reportInChat(problemFrom(problem, problem.detail))
}
