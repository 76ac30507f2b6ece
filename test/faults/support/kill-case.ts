import { randomUUID } from 'node:crypto'
import { setTimeout as lasting } from 'node:timers/promises'
import { expect } from 'vitest'
import type { CrashPointName } from '../../../daemon/crash-point.js'
import { askAndFollow, attachAndFollow } from '../../../shared/client/follow.js'
import { ask, textOf } from '../../support/daemon.js'
import { eventually } from '../../support/eventually.js'
import { createHistory, expectHolds } from './check.js'
import type { Held } from './crash-control.js'
import { type Following, following, type Standing, startOf } from './following.js'
import { type GatedAnswer, gatedAnswer } from './gated-answer.js'
import type { Stage } from './kill-stage.js'
import { faultTimes, settledWithinMs } from './many.js'
import type { Replica } from './replicas.js'

export const faults = ['SIGKILL', 'thrown error', 'Postgres cut', 'SIGSTOP'] as const
type Fault = (typeof faults)[number]

/** What may be done to a turn that is under way. */
interface Acts {
  /** One more piece from the upstream. */
  say(): void
  /** All that is left of the answer. */
  finish(): void
  stop(): void
  remove(): void
  drain(): void
  /** Kills the daemon that runs the turn, which is then not the one of the fault. */
  killOwner(): void
}

export interface KillCase {
  point: CrashPointName
  fault: Fault
  /** Brings a turn of which something was shown to the point; left out: its start does. */
  provoke: ((acts: Acts) => void) | undefined
  plan: boolean
  /** How the turn stands in the end. */
  standing: Standing
}

/** Long enough for a lease to run out, and for a sweep to find it so. */
const stopMs = faultTimes.leaseMs + faultTimes.sweepMs + 500

/** What a machine with other work may be late, ms. */
const marginMs = 3_000

/** Whatever is awaited comes within this, or the case fails, ms. */
const patienceMs = stopMs + settledWithinMs + marginMs + 5_000

/** A case from a new session to its next answer, on both daemons. Throws what is broken. */
export async function runKillCase(stage: Stage, one: KillCase): Promise<void> {
  const scene = await createScene(stage, one)
  const { faulted, owner, elsewhere, readers } = scene
  const held = await reachPoint(scene, one)

  const since = performance.now()
  const settling = whenSettled(scene)
  const inflicting = inflict(one.fault, faulted, held)
  // The same post again, as of a client that heard nothing.
  const again = scene.post(elsewhere, owner)
  readers.push(again)
  let over = await inflicting
  if (one.standing === 'complete') scene.answer.finish()
  else scene.answer.say()
  if (one.point === 'during-drain') await inTime(faulted.ended, 'the drained daemon left')
  if (!elsewhere.isRunning) {
    await owner.restart()
    over = performance.now()
  }

  const settled = await settling
  expect(settled.standing).toBe(one.standing)
  // The fault's end counts where its daemon was the one, or the only one, to end the turn.
  const waited = one.standing === 'complete' || one.point === 'during-sweep' ? over : since
  expect(settled.at - waited).toBeLessThan(settledWithinMs + marginMs)
  for (const { end } of readers) {
    expect(permitted(one)).toContain(await inTime(end, 'every reader heard how it ended'))
  }
  // One who asks again is told of the turn, whatever the first was told.
  expect(await again.end).toBe(one.standing === 'deleted' ? 'not_found' : one.standing)

  if (one.standing === 'deleted') scene.history.deleted(scene.sessionId)
  else await expectAnswer(elsewhere.isRunning ? elsewhere : owner, scene.sessionId, one)
  await stage.revive()
  await expectGoesOn(scene, one)
  const requests = stage.upstream.requests.filter((request) => request.model === scene.model)
  if (!scene.answer.isFinished()) {
    for (const request of requests) {
      expect(await inTime(request.ended, 'nobody listens to the upstream')).toBe('aborted')
    }
  }
  await expectHolds(scene.history, { database: stage.database, upstream: { requests } })
}

interface Scene extends Stage {
  readonly faulted: Replica
  /** Runs the turn. */
  readonly owner: Replica
  readonly elsewhere: Replica
  readonly sessionId: string
  /** That nobody else asks. */
  readonly model: string
  readonly answer: GatedAnswer
  readonly history: ReturnType<typeof createHistory>
  readonly readers: Following[]
  /** Always the same post, at the first of the replicas that takes it. */
  post(...replicas: Replica[]): Following
}

async function createScene(stage: Stage, one: KillCase): Promise<Scene> {
  const [faulted, other] = stage.replicas
  const [owner, elsewhere] = one.point === 'during-sweep' ? [other, faulted] : [faulted, other]
  const model = `gate+${randomUUID()}`
  const history = createHistory({ silenceMs: stopMs + 30_000 })
  const { id: sessionId } = await other.client.createSession({})
  const answer = gatedAnswer(stage.upstream, model, ['one ', 'two ', 'three'])
  answer.say()
  const key = randomUUID()
  const body = one.plan
    ? { message: 'Go', plan: { planning_model: 'ok', answering_model: model } }
    : { message: 'Go', model }
  return {
    ...stage,
    faulted,
    owner,
    elsewhere,
    sessionId,
    model,
    answer,
    history,
    readers: [],
    post: (...replicas) =>
      following(history.reader({ key }), replicas, patienceMs, (options) =>
        askAndFollow({ ...options, sessionId, body, idempotencyKey: key }),
      ),
  }
}

/** Starts the turn, with a reader at each replica where there is something to read, and brings it to the point. */
async function reachPoint(scene: Scene, { point, provoke }: KillCase): Promise<Held> {
  const { points, owner, elsewhere, readers, history, answer, sessionId } = scene
  const arrive = (held: Promise<Held>): Promise<Held> => inTime(held, `the daemon came to ${point}`)
  if (provoke === undefined) {
    const held = points.next(point)
    readers.push(scene.post(owner, elsewhere))
    return arrive(held)
  }
  const asker = scene.post(owner, elsewhere)
  const turnId = await eventually(() => startOf(asker), patienceMs)
  const attached = following(history.reader(), [elsewhere, owner], patienceMs, (options) =>
    attachAndFollow({ ...options, turnId }),
  )
  readers.push(asker, attached)
  await eventually(() => {
    for (const { reader } of readers) expect(textOf(reader.events)).toContain('one ')
  }, patienceMs)
  const held = points.next(point)
  const act = (what: string, work: Promise<unknown>): void => {
    // Its daemon may die under it.
    history.call(what, work).catch(() => undefined)
  }
  provoke({
    say: answer.say,
    finish: answer.finish,
    stop: () => act('stop', owner.client.stopSession(sessionId)),
    remove: () => act('delete', owner.client.deleteSession(sessionId)),
    drain: () => owner.signal('SIGTERM'),
    killOwner: () => owner.signal('SIGKILL'),
  })
  return arrive(held)
}

/** Ends with the fault; gives when that was. */
async function inflict(fault: Fault, replica: Replica, held: Held): Promise<number> {
  switch (fault) {
    case 'SIGKILL':
      replica.signal('SIGKILL')
      await replica.ended
      break
    case 'thrown error':
      held.throw()
      break
    case 'Postgres cut':
      await replica.cutDatabase()
      held.go()
      break
    case 'SIGSTOP':
      replica.signal('SIGSTOP')
      held.go()
      // How long it stands still is the fault itself.
      await lasting(stopMs)
      replica.signal('SIGCONT')
      break
    default:
      fault satisfies never
  }
  return performance.now()
}

/** The session's one turn, as soon as it is there and streams no more. */
function whenSettled({ database, sessionId }: Scene): Promise<{ standing: Standing; at: number }> {
  return eventually(async () => {
    const { rows } = await database.pool.query<{ status: Standing | 'streaming' | null }>(
      `SELECT t.status FROM sessions s LEFT JOIN turns t ON t.session_id = s.id WHERE s.id = $1`,
      [sessionId],
    )
    expect(rows.length).toBeLessThan(2)
    const standing = rows[0] === undefined ? 'deleted' : rows[0].status
    if (standing === null || standing === 'streaming') throw new Error('the turn has not ended')
    return { standing, at: performance.now() }
    // How soon it was is judged from `at`; where both daemons died, one has to start first.
  }, 3 * patienceMs)
}

/** What a reader may have heard in the end. */
function permitted({ standing, fault }: KillCase): string[] {
  return [
    standing,
    ...(fault === 'thrown error' ? ['internal'] : []),
    ...(standing === 'deleted' ? ['not_found'] : []),
  ]
}

async function expectAnswer(
  replica: Replica,
  sessionId: string,
  { standing, provoke }: KillCase,
): Promise<void> {
  const answer = (await replica.client.listMessages(sessionId)).at(-1)
  expect(answer?.status).toBe(standing)
  if (standing === 'complete') expect(answer?.content).toBe('one two three')
  else {
    expect('one two three').toContain(answer?.content)
    // What was shown before the fault is kept.
    if (provoke !== undefined) expect(answer?.content).toMatch(/^one /)
  }
}

/** The session takes the next post everywhere, or is gone everywhere; and nothing of the turn lives on. */
async function expectGoesOn(scene: Scene, { standing }: KillCase): Promise<void> {
  const { sessionId } = scene
  for (const replica of [scene.elsewhere, scene.owner]) {
    if (standing === 'deleted') {
      const gone = replica.client.deleteSession(sessionId)
      await expect(gone).rejects.toMatchObject({ code: 'not_found' })
    } else {
      const { text } = await ask(replica, { model: 'ok', plan: null }, { sessionId })
      expect(text).toBe('Hello, world.')
    }
    await eventually(async () => {
      expect((await replica.client.ready()).details?.live_turns).toBe(0)
    }, patienceMs)
  }
}

async function inTime<Result>(work: Promise<Result>, what: string): Promise<Result> {
  const late = lasting(patienceMs, undefined, { ref: false }).then(() => {
    throw new Error(`not in ${patienceMs} ms: ${what}`)
  })
  return Promise.race([work, late])
}
