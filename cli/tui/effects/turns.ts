import { randomUUID } from 'node:crypto'
import { askAndFollow, attachAndFollow } from '../../../shared/client/follow.js'
import type { TurnEvent, TurnOutcome } from '../../../shared/contract/event.js'
import type { Message } from '../../../shared/contract/message.js'
import { ProblemError } from '../../../shared/contract/problem.js'
import type { State } from '../state/state.js'
import { type Deps, guard, notice, noticeProblem } from './deps.js'

/** The turn of the open session: at most one is followed, and leaving it never stops it. */
export interface Turns {
  /** Sends a message, or queues it while an answer is running. */
  send(text: string): void
  /** Follows a turn that runs already, from its beginning. */
  attach(sessionId: string, turnId: string): void
  /** Stops to follow; the daemon goes on with the answer. */
  leave(): void
  stop(): Promise<void>
}

interface Events {
  /** A turn began or ended: the session and its place in the list have changed. */
  onChange(sessionId: string): void
  /** What the daemon replays is gone: the messages have to be read again. */
  onExpired(sessionId: string): void
}

interface Run {
  readonly sessionId: string
  readonly cut: AbortController
  turnId: string | undefined
  /** What to give back when it was never accepted. */
  readonly sent: { readonly entryId: string; readonly text: string } | undefined
  /** Answered by the demo in a session that has no model of its own. */
  readonly isStandIn: boolean
  isStopWanted: boolean
}

export function createTurns(deps: Deps, events: Events): Turns {
  const { store, link, transcript, redraw, now } = deps
  let current: Run | undefined

  const begin = (run: Run): void => {
    current = run
    const startedAt = now()
    transcript.begin({ startedAt })
    const known = run.turnId === undefined ? {} : { turnId: run.turnId }
    store.dispatch({ type: 'turn-began', startedAt, ...known })
    redraw()
  }
  const follow = (run: Run) => ({
    connect: link.client,
    signal: run.cut.signal,
    reconnectMs: Number.POSITIVE_INFINITY,
    onBreak: (problem: ProblemError | undefined) => link.lost(problem),
    onEvents: (batch: readonly TurnEvent[]) => take(run, batch),
  })
  const take = (run: Run, batch: readonly TurnEvent[]): void => {
    link.back()
    const started = batch.find((event) => event.event === 'turn.started')
    if (started?.event === 'turn.started') accept(run, started.data)
    if (current !== run) return run.cut.abort()
    transcript.take(batch)
    redraw()
  }
  const accept = (run: Run, { turn_id, user_message_id }: Started): void => {
    const isNew = run.turnId === undefined
    run.turnId = turn_id
    if (!isNew) return
    if (current === run) {
      if (run.sent) transcript.replace(run.sent.entryId, userEntry(user_message_id, run.sent.text))
      store.dispatch({ type: 'turn-known', turnId: turn_id })
    }
    events.onChange(run.sessionId)
    if (run.isStopWanted) guard(deps, stopRun(run))
    // What stood in is not what the session is to go on with.
    if (run.isStandIn) guard(deps, forgetStandIn(run))
  }
  const stopRun = (run: Run): Promise<unknown> =>
    link.untilDone((client) => client.stopSession(run.sessionId))

  const forgetStandIn = (run: Run): Promise<unknown> =>
    link.untilDone((client) => client.patchSession(run.sessionId, { model: null }))

  const watch = async (run: Run, outcome: Promise<TurnOutcome>): Promise<void> => {
    try {
      const ended = await outcome
      if (current === run) finish(run, ended)
    } catch (error) {
      fail(run, error)
    }
  }
  const finish = (run: Run, outcome: TurnOutcome): void => {
    current = undefined
    transcript.finish(outcome)
    store.dispatch({ type: 'turn-ended' })
    redraw()
    events.onChange(run.sessionId)
    sendQueue(run, outcome.status === 'complete')
  }
  const sendQueue = (run: Run, isFine: boolean): void => {
    const text = store.state.queue.join('\n\n')
    if (text === '') return
    store.dispatch({ type: 'queue-taken' })
    if (isFine) turns.send(text)
    // After a failure the next question may not make sense any more.
    else store.dispatch({ type: 'text-returned', sessionId: run.sessionId, text })
  }
  const fail = (run: Run, error: unknown): void => {
    const isHere = current === run
    if (isHere) {
      current = undefined
      transcript.finish(undefined)
      store.dispatch({ type: 'turn-ended' })
    }
    if (run.turnId === undefined && run.sent !== undefined) giveBack(run, run.sent, isHere)
    if (!isHere) return
    redraw()
    if (!run.cut.signal.aborted) explain(run, error)
  }
  const giveBack = (run: Run, sent: NonNullable<Run['sent']>, isHere: boolean): void => {
    const { sessionId } = run
    if (isHere) transcript.replace(sent.entryId, undefined)
    sendQueue(run, false)
    store.dispatch({ type: 'text-returned', sessionId, text: sent.text })
    if (!isHere) notice(deps, 'A message in another session was not sent; it is its draft.', 'warn')
  }
  const explain = (run: Run, error: unknown): void => {
    const problem = error instanceof ProblemError ? error : undefined
    if (problem?.code === 'cursor_expired') return events.onExpired(run.sessionId)
    if (problem?.code === 'session_busy' && problem.turnId !== undefined) {
      notice(deps, 'Another client is being answered here; your message waits in the composer.')
      return turns.attach(run.sessionId, problem.turnId)
    }
    noticeProblem(deps, error)
  }

  const turns: Turns = {
    send(text) {
      const { session } = store.state
      if (session === undefined) return
      if (current !== undefined) return store.dispatch({ type: 'queued', text })
      const entryId = `sent-${randomUUID()}`
      const isStandIn = session.model === null && insteadOfGateway(store.state) !== undefined
      const run = newRun(session.id, { sent: { entryId, text }, isStandIn })
      transcript.append(userEntry(entryId, text))
      transcript.toTail()
      begin(run)
      const ask = {
        sessionId: session.id,
        body: { message: text, ...insteadOfGateway(store.state) },
        idempotencyKey: randomUUID(),
        ...follow(run),
      }
      void watch(run, askAndFollow(ask))
    },
    attach(sessionId, turnId) {
      turns.leave()
      const run = newRun(sessionId, { turnId })
      begin(run)
      void watch(run, attachAndFollow({ turnId, ...follow(run) }))
    },
    leave() {
      const run = current
      if (run === undefined) return
      current = undefined
      store.dispatch({ type: 'turn-ended' })
      // A message on its way is not called back: it is left once it has been accepted.
      if (run.turnId !== undefined) run.cut.abort()
    },
    async stop() {
      const run = current
      if (run === undefined) return notice(deps, 'Nothing is running.')
      store.dispatch({ type: 'turn-stopping' })
      if (run.turnId !== undefined) return void (await stopRun(run))
      run.isStopWanted = true
      // Nobody has it yet, and nobody is there to take it.
      if (store.state.link.kind === 'lost') run.cut.abort()
    },
  }
  return turns
}

type Started = Extract<TurnEvent, { event: 'turn.started' }>['data']

function newRun(
  sessionId: string,
  known: Partial<Pick<Run, 'sent' | 'turnId' | 'isStandIn'>>,
): Run {
  const { sent, turnId, isStandIn = false } = known
  return { sessionId, cut: new AbortController(), turnId, sent, isStandIn, isStopWanted: false }
}

/** While no gateway answers, the demo does, and the banner says so. */
function insteadOfGateway({ catalogue }: State): { model: string; plan: null } | undefined {
  if (catalogue?.source !== 'offline') return undefined
  const [demo] = catalogue.data
  return demo && { model: demo.id, plan: null }
}

function userEntry(id: string, text: string): { kind: 'message'; message: Message } {
  const at = new Date().toISOString()
  const fixed = { role: 'user', kind: 'chat', status: 'complete', model: null } as const
  const message = { id, content: text, seq: 0, created_at: at, timestamp: at, ...fixed }
  return { kind: 'message', message }
}
