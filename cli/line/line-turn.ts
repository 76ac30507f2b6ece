import { randomUUID } from 'node:crypto'
import type { Client } from '../../shared/client/client.js'
import { askAndFollow } from '../../shared/client/follow.js'
import { problemFrom } from '../../shared/client/transport.js'
import { isTerminal, type TurnOutcome } from '../../shared/contract/event.js'
import { type Answer, createAnswer, openOutput } from '../ask/answer.js'
import type { ClientConfig } from '../config.js'
import { connectToDaemon } from '../connect.js'
import { say } from '../output/report.js'
import { reportInChat } from './line-report.js'

/** How long to try to get back to a daemon that went away, ms. */
const reconnectMs = 60_000

/** An answer that is coming. */
export interface RunningTurn {
  /** Stops the answer; once more, or without a daemon: only stops to wait for it. */
  stop(): void
  /** Resolves when it has ended and said how; `accepted` is false when the message never got in. */
  readonly ended: Promise<{ accepted: boolean }>
  /** True while the daemon has it in hand. */
  goesOn(): boolean
}

type Follow = (signal: AbortSignal, answer: Answer) => Promise<TurnOutcome | undefined>

/** Sends a message and shows its answer, over broken connections too. */
export function sendMessage(config: ClientConfig, sessionId: string, message: string): RunningTurn {
  const clients: Client[] = []
  const connect = async (): Promise<Client> => {
    const client = await connectToDaemon(config)
    clients.push(client)
    return client
  }
  return startTurn(config, sessionId, connect, async (signal, answer) => {
    try {
      return await askAndFollow({
        connect,
        sessionId,
        body: { message },
        idempotencyKey: randomUUID(),
        signal,
        reconnectMs,
        onBreak: () => answer.note('the connection to the daemon broke; reconnecting'),
        onEvents: answer.take,
      })
    } finally {
      for (const client of clients) client.close()
    }
  })
}

/** Shows an answer that was running before we came. */
export function joinTurn(config: ClientConfig, sessionId: string, turnId: string): RunningTurn {
  return startTurn(
    config,
    sessionId,
    () => connectToDaemon(config),
    async (signal, answer) => {
      const client = await connectToDaemon(config)
      try {
        for await (const events of await client.attach(turnId, undefined, { signal })) {
          await answer.take(events)
          const last = events.at(-1)
          if (last !== undefined && isTerminal(last.event)) return last.data as TurnOutcome
        }
        return undefined
      } finally {
        client.close()
      }
    },
  )
}

function startTurn(
  config: ClientConfig,
  sessionId: string,
  connect: () => Promise<Client>,
  follow: Follow,
): RunningTurn {
  const cut = new AbortController()
  let stopping = false
  const stop = async (): Promise<void> => {
    const client = await connect()
    await client.stopSession(sessionId)
  }
  const answer = createAnswer(() => openOutput({}, config.env))
  let over = false
  const run = async (): Promise<{ accepted: boolean }> => {
    try {
      const outcome = await follow(cut.signal, answer)
      await answer.end()
      sayOutcome(outcome)
      return { accepted: true }
    } catch (error) {
      await answer.end()
      if (cut.signal.aborted) say('not waiting any longer; the daemon goes on with it')
      else reportInChat(error)
      return { accepted: answer.started !== undefined || cut.signal.aborted }
    } finally {
      over = true
    }
  }
  return {
    ended: run(),
    goesOn: () => answer.started !== undefined && !over && !stopping,
    stop() {
      if (stopping) return cut.abort()
      stopping = true
      stop().catch(() => cut.abort())
    },
  }
}

function sayOutcome(outcome: TurnOutcome | undefined): void {
  if (outcome?.status === 'complete') return
  if (outcome?.problem === undefined || outcome.status === 'stopped') say(endOf(outcome))
  else reportInChat(problemFrom(outcome.problem, outcome.problem.detail))
}

function endOf(outcome: TurnOutcome | undefined): string {
  if (outcome === undefined) return 'the connection broke; the answer goes on in the daemon'
  return outcome.status === 'stopped' ? 'stopped' : `the answer was ${outcome.status}`
}
