import { askAndFollow, attachAndFollow, retryAndFollow } from '../../../shared/client/follow.js'
import type { TurnEvent, TurnOutcome } from '../../../shared/contract/event.js'
import { ProblemError } from '../../../shared/contract/problem.js'
import type { Session } from '../../../shared/contract/session.js'
import { type Deps, guard, notice, noticeProblem } from './deps.js'
import { readModels } from './models.js'
import { unlessNotFound } from './not-found.js'
import { inVain, lastAnswer, type Place } from './retry.js'
import { insteadOfGateway, newRun, type Run, type Sent, userEntry } from './run.js'

/** The turn of the open session: at most one is followed, and leaving it never stops it. */
export interface Turns {
  /** Sends a message, or queues it while an answer is running. */
  send(text: string): void
  /** Has the last message answered again; the new answer takes the place of the old one. */
  retry(): void
  /** Follows a turn that runs already, from its beginning. */
  attach(sessionId: string, turnId: string, place?: Place): void
  /** Stops to follow; the daemon goes on with the answer. */
  leave(): void
  stop(): Promise<void>
}

interface Events {
  /** A turn began or ended: the session and its place in the list have changed. */
  onChange(sessionId: string): void
  /** What is shown of a session is not all, or wrong: its messages have to be read again. */
  onStale(sessionId: string): Promise<void>
  /** The session was deleted. */
  onGone(sessionId: string): void
  /** The demo stood in; the session is not to go on with it. */
  onStandIn(sessionId: string): Promise<void>
  /** Resolves when what was changed in the session so far has reached the daemon. */
  settled(): Promise<unknown>
  /** Another session is being opened or made; resolves when it is there, rejects when it will not be. */
  moving(): Promise<unknown> | undefined
}

export function createTurns(deps: Deps, events: Events): Turns {
  const { store, link, transcript, redraw, now } = deps
  let current: Run | undefined

  const begin = (run: Run, place: Place = {}): void => {
    current = run
    // The daemon's clock may go before ours.
    const startedAt = Math.min(now(), place.startedAt ?? Number.POSITIVE_INFINITY)
    transcript.begin({ ...place, startedAt })
    const known = run.turnId === undefined ? {} : { turnId: run.turnId }
    store.dispatch({ type: 'turn-began', startedAt, ...known })
    redraw()
  }
  const follow = (run: Run) => ({
    connect: link.client,
    signal: run.cut.signal,
    reconnectMs: Number.POSITIVE_INFINITY,
    onBreak(problem: ProblemError | undefined) {
      link.lost(problem)
      if (run.isStopWanted && run.turnId === undefined) giveUp(run)
    },
    onStall(stalled: boolean) {
      if (current === run) store.dispatch({ type: 'turn-stalled', isStalled: stalled })
    },
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
    if (run.isStopWanted) guard(deps, stopRun(run))
    guard(deps, tellOfStart(run))
  }
  const tellOfStart = async (run: Run): Promise<void> => {
    // First: the list is not to show what only stood in.
    if (run.isStandIn) await events.onStandIn(run.sessionId)
    events.onChange(run.sessionId)
  }
  const stopRun = async (run: Run): Promise<void> => {
    try {
      await link.untilDone((client) => client.stopSession(run.sessionId)).catch(unlessNotFound)
    } catch (error) {
      if (current === run) store.dispatch({ type: 'turn-stopping', isStopping: false })
      throw error
    }
  }

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
    if (outcome.restored_turn_id !== undefined) notice(deps, inVain(outcome), 'warn')
    store.dispatch({ type: 'turn-ended' })
    redraw()
    events.onChange(run.sessionId)
    sendQueue(run, outcome.status === 'complete')
    // What the header and the banner say of the gateway is out of date.
    if (outcome.problem?.code === 'gateway_unreachable') guard(deps, readModels(deps, true))
    if (outcome.problem?.code === 'session_deleted') events.onGone(run.sessionId)
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
    if (run.isOver) return
    run.isOver = true
    const isHere = current === run
    const isRefused = run.turnId === undefined
    if (isHere) end(run, isRefused)
    if (isRefused && run.sent !== undefined) giveBack(run, run.sent, { isHere, error })
    if (!isHere) return
    redraw()
    if (!run.cut.signal.aborted) explain(run, error)
  }
  const end = (run: Run, isRefused: boolean): void => {
    current = undefined
    // No answer was ever begun: there is nothing to show of one.
    if (isRefused) transcript.withdraw()
    else transcript.finish(undefined)
    store.dispatch({ type: 'turn-ended' })
    sendQueue(run, false)
  }
  const giveBack = (
    { sessionId }: Run,
    { entryId, text }: Sent,
    { isHere, error }: { isHere: boolean; error: unknown },
  ): void => {
    const title = store.state.sessions.find(({ id }) => id === sessionId)?.title
    store.dispatch({ type: 'text-returned', sessionId, text })
    if (isHere) return transcript.replace(entryId, undefined)
    const why = error instanceof Error ? error.message : String(error)
    const where = title === undefined ? 'in the composer' : `a draft in "${title}"`
    notice(deps, `A message was not sent: ${why}\nIt is ${where}.`, 'warn')
  }
  /** Nobody has the message yet, and nobody is there to take it. */
  const giveUp = (run: Run): void => {
    run.cut.abort()
    fail(run, run.cut.signal.reason)
  }
  const explain = (run: Run, error: unknown): void => {
    const { sessionId } = run
    switch (error instanceof ProblemError ? error.code : undefined) {
      case 'cursor_expired':
      case 'not_found':
        return guard(deps, events.onStale(sessionId))
      case 'session_busy':
      case 'not_latest':
        return guard(deps, showOther(run))
      default:
        noticeProblem(deps, error)
    }
  }
  const showOther = async ({ sessionId, sent }: Run): Promise<void> => {
    await events.onStale(sessionId)
    if (store.state.session?.id !== sessionId) return
    const rest = sent === undefined ? '.' : '; your message waits in the composer.'
    notice(deps, `Another client was quicker to ask here${rest}`)
  }
  /** What a post needs beside its body. */
  const posting = (run: Run) => {
    const before = events.settled()
    return {
      ...follow(run),
      sessionId: run.sessionId,
      idempotencyKey: crypto.randomUUID(),
      async connect() {
        // A model that was chosen just before is to answer, and none that is chosen after.
        await before
        return link.client()
      },
    }
  }
  const isStandIn = ({ model }: Session): boolean =>
    model === null && insteadOfGateway(store.state) !== undefined

  /** It was written for the session that comes, and is nowhere to be seen until then. */
  const sendThen = (moving: Promise<unknown>, text: string): void => {
    const back = (): void => {
      store.dispatch({ type: 'text-returned', sessionId: store.state.session?.id ?? '', text })
    }
    // Nobody knows when it comes, and who quits meanwhile would lose the text.
    if (store.state.link.kind === 'lost') {
      back()
      return store.dispatch({ type: 'hint', hint: 'Not sent: the daemon is away.' })
    }
    store.dispatch({ type: 'hint', hint: 'It is sent as soon as the session is open.' })
    void moving.then(() => turns.send(text), back)
  }

  const turns: Turns = {
    send(text) {
      const { session } = store.state
      const moving = events.moving()
      if (moving !== undefined) return sendThen(moving, text)
      if (session === undefined) return notice(deps, 'No session is open yet.', 'warn')
      if (current !== undefined) return store.dispatch({ type: 'queued', text })
      const entryId = `sent-${crypto.randomUUID()}`
      const run = newRun(session.id, { sent: { entryId, text }, isStandIn: isStandIn(session) })
      transcript.append(userEntry(entryId, text))
      transcript.toTail()
      begin(run)
      const body = { message: text, ...insteadOfGateway(store.state) }
      void watch(run, askAndFollow({ ...posting(run), body }))
    },
    retry() {
      const { session } = store.state
      if (session === undefined) return notice(deps, 'No session is open yet.', 'warn')
      if (current !== undefined) return notice(deps, 'An answer is running; Esc stops it.', 'warn')
      const last = lastAnswer(transcript.entries())
      if (last === undefined) return notice(deps, 'There is no answer yet.', 'warn')
      const { turnId: turn_id, ...place } = last
      const run = newRun(session.id, { isStandIn: isStandIn(session) })
      transcript.toTail()
      begin(run, place)
      const body = { ...(turn_id !== undefined && { turn_id }), ...insteadOfGateway(store.state) }
      void watch(run, retryAndFollow({ ...posting(run), body }))
    },
    attach(sessionId, turnId, place) {
      turns.leave()
      const run = newRun(sessionId, { turnId })
      begin(run, place)
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
      store.dispatch({ type: 'turn-stopping', isStopping: true })
      if (run.turnId !== undefined) return stopRun(run)
      run.isStopWanted = true
      if (store.state.link.kind === 'lost') giveUp(run)
    },
  }
  return turns
}

type Started = Extract<TurnEvent, { event: 'turn.started' }>['data']
