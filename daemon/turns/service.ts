import type { Pool } from 'pg'
import type { Stopped } from '../../shared/contract/chat.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { within } from '../../shared/within.js'
import { crashPoint } from '../crash-point.js'
import type { Log } from '../log.js'
import type { Bell } from '../store/bell.js'
import type { EventWriter } from '../store/event-writer.js'
import type { MessageStore } from '../store/messages.js'
import type { SessionStore } from '../store/sessions.js'
import { type StartInput, type StartResult, startTurn } from '../store/turn-start.js'
import type { TurnStore } from '../store/turns.js'
import { type Attached, createAttacher } from './attach.js'
import { type BeginDeps, createBeginner, type StartRequest } from './begin.js'
import type { Warning } from './choose.js'
import { followTurn } from './follow.js'
import type { Leases } from './leases.js'
import type { LeftTurns } from './left-turns.js'
import { type RunnerDeps, runTurn } from './runner.js'
import type { Spool } from './spool.js'

export interface TurnServiceDeps extends Omit<BeginDeps, 'start'> {
  pool: Pool
  /** For what waits until it has the session. */
  posts: Pool
  turns: TurnStore
  sessions: SessionStore
  messages: MessageStore
  writer: EventWriter
  bell: Bell
  leases: Leases
  left: LeftTurns
  spool: Spool
  onEnd: RunnerDeps['onEnd']
  log: Log
  patienceMs: number
}

interface Live {
  sessionId: string
  cut: AbortController
  finished: Promise<void>
}

/** How long `stop` waits for the turn to have ended, ms; it ends later all the same. */
const stopWaitMs = 2_000

export type TurnService = ReturnType<typeof createTurnService>

/** Starts, follows and stops turns. A turn lives here, not in the connection that asked for it. */
export function createTurnService(deps: TurnServiceDeps) {
  const live = new Map<string, Live>()
  let draining = false
  /** Drained for long enough: what runs, or is just starting, is interrupted. */
  let cutting = false
  /** Posts that are being turned into turns. */
  const starting = new Set<Promise<unknown>>()

  const stopLocal = (turnId: string): void => live.get(turnId)?.cut.abort('stopped')
  const liveIds = (): string[] => [...live.keys()]
  const keep = (asked: readonly string[], going: ReadonlySet<string>): void => {
    for (const id of asked) if (!going.has(id)) stopLocal(id)
  }

  const endStopped = (): void => {
    const ids = liveIds()
    if (ids.length === 0) return
    deps.turns.goingOn(deps.boot, ids).then(
      (going) => keep(ids, going),
      // The sweep asks again.
      (error: Error) => deps.log.warn({ error: error.message }, 'could not read stop requests'),
    )
  }

  deps.bell.onStop(() => {
    endStopped()
    // A turn may be committed, and stopped by another replica, before its own daemon knows of it.
    if (starting.size > 0) void Promise.allSettled(starting).then(endStopped)
  })

  /** A busy session whose turn lost its owner is freed first. */
  const startOrRecover = async (input: StartInput): Promise<StartResult> => {
    try {
      return await startTurn(deps.posts, input)
    } catch (error) {
      const busy = error instanceof ProblemError && error.code === 'session_busy'
      if (!busy || error.turnId === undefined) throw error
      if (live.has(error.turnId) || !(await deps.leases.recover(error.turnId))) throw error
      return startTurn(deps.posts, input)
    }
  }

  const beginTurn = createBeginner({ ...deps, start: startOrRecover })

  const run = (
    started: Extract<StartResult, { started: unknown }>['started'],
    warnings: readonly Warning[],
  ): void => {
    const cut = new AbortController()
    const finished = runTurn(
      { ...deps, ring: deps.bell.ring },
      {
        turn: started,
        warnings,
        cut,
      },
    ).finally(() => live.delete(started.id))
    live.set(started.id, { sessionId: started.sessionId, cut, finished })
    if (cutting) cut.abort('interrupted')
  }

  const attacher = createAttacher({ ...deps, isHere: (id) => live.has(id) })

  const begin = async (request: StartRequest): Promise<Attached> => {
    const { result, warnings } = await beginTurn(request)
    if ('attached' in result) return attacher.attachById(request.owner, result.attached)
    if (crashPoint) await crashPoint('after-start-commit')
    run(result.started, warnings)
    return attacher.follow({ id: result.started.id, sessionId: request.sessionId, after: 0 })
  }

  return {
    get liveCount(): number {
      return live.size
    },

    liveIds,
    keep,

    get draining(): boolean {
      return draining
    },

    attach: attacher.attach,
    findStarted: attacher.findStarted,

    /**
     * Starts a turn, or attaches to the one that the same request started before. Throws
     * ProblemError `not_found`, `not_latest`, `model_required`, `context_window`, `budget_exceeded`,
     * `session_busy`, `idempotency_key_reused`, `shutting_down`, `db_unavailable`.
     */
    async start(request: StartRequest): Promise<Attached> {
      if (draining) throw new ProblemError('shutting_down')
      const started = begin(request)
      starting.add(started)
      try {
        return await started
      } finally {
        starting.delete(started)
      }
    },

    /** Idempotent, and good on any replica: the row is the request, the bell makes it quick. */
    async stop(owner: string, sessionId: string): Promise<Stopped> {
      const session = await deps.sessions.get(owner, sessionId)
      if (session === undefined) throw new ProblemError('not_found', 'no session with this id')
      const turnId = await deps.turns.requestStop(sessionId)
      if (turnId === undefined) {
        const latest = await deps.turns.current(owner, sessionId)
        // It began just after we had looked for one to stop.
        if (latest?.status === 'streaming') return this.stop(owner, sessionId)
        return { turn_id: latest?.id ?? null, status: latest?.status ?? null }
      }
      if (crashPoint) await crashPoint('during-stop')
      stopLocal(turnId)
      const here = live.get(turnId)
      if (here) await within(stopWaitMs, here.finished, () => undefined)
      else if (!(await deps.leases.recover(turnId))) await endedElsewhere(deps, turnId, sessionId)
      const turn = await deps.turns.get(owner, turnId)
      return { turn_id: turnId, status: turn?.status ?? null }
    },

    /** Deletes a session; a running turn is stopped, and whoever follows it is told. */
    async removeSession(owner: string, sessionId: string): Promise<boolean> {
      const removed = await deps.sessions.remove(owner, sessionId)
      if (!removed) return false
      if (crashPoint) await crashPoint('during-delete')
      for (const [turnId, turn] of live) {
        if (turn.sessionId !== sessionId) continue
        turn.cut.abort('stopped')
        deps.bell.ring([turnId])
      }
      return true
    },

    /** Refuses new turns, lets the running ones finish for `graceMs`, marks the rest `interrupted`. */
    async drain(graceMs: number): Promise<void> {
      draining = true
      const all = async (): Promise<unknown> => {
        await Promise.allSettled(starting)
        return Promise.all([...live.values()].map((turn) => turn.finished))
      }
      if (
        await within(
          graceMs,
          all().then(() => true),
          () => false,
        )
      )
        return
      if (crashPoint) await crashPoint('during-drain')
      cutting = true
      for (const turn of live.values()) turn.cut.abort('interrupted')
      await within(stopWaitMs, all(), () => undefined)
    },
  }
}

async function endedElsewhere(
  deps: TurnServiceDeps,
  turnId: string,
  sessionId: string,
): Promise<void> {
  const signal = AbortSignal.timeout(stopWaitMs)
  // Beyond every event: only the end is of interest.
  const events = followTurn(deps, { id: turnId, sessionId, after: 2 ** 31 - 1 }, signal)
  for await (const _ of events) if (signal.aborted) return
}
