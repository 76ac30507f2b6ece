import { afterAll, beforeAll, describe, test, vi } from 'vitest'
import type { CrashPointName } from '../../daemon/crash-point.js'
import { buildCrashableDaemon, type CrashableDaemon } from './support/crash-control.js'
import type { Standing } from './support/following.js'
import { faults, type KillCase, runKillCase } from './support/kill-case.js'
import { createStage, type Stage } from './support/kill-stage.js'

/*
 * A turn broken at every point of its life, in every way: whatever happens, it ends once and soon,
 * what was shown is kept, nobody waits in silence, and the session takes the next message.
 */

/** Cases at once: they wait most of the time. */
const stageCount = 5
vi.setConfig({ maxConcurrency: stageCount })

interface Point {
  point: CrashPointName
  provoke?: KillCase['provoke']
  plan?: boolean
  /** How the turn stands in the end, after each of `faults`. */
  ends: readonly [Standing, Standing, Standing, Standing]
}

const lost = ['interrupted', 'interrupted', 'complete', 'interrupted'] as const
const unharmed = ['complete', 'complete', 'complete', 'complete'] as const

const matrix: readonly Point[] = [
  // Nothing is committed yet: the post that is sent again starts the turn.
  { point: 'after-session-lock', ends: unharmed },
  { point: 'after-start-commit', ends: lost },
  { point: 'before-upstream-connect', ends: lost },
  { point: 'after-upstream-headers', ends: lost },
  { point: 'after-first-delta-parsed', ends: lost },
  { point: 'before-batch-commit', provoke: ({ say }) => say(), ends: lost },
  { point: 'after-batch-commit-before-emit', provoke: ({ say }) => say(), ends: lost },
  {
    point: 'after-emit',
    provoke: ({ say }) => say(),
    // The error is that of a reader, who comes back.
    ends: ['interrupted', 'complete', 'complete', 'interrupted'],
  },
  { point: 'between-phases', plan: true, ends: lost },
  {
    point: 'after-finish-reason-before-finish-tx',
    provoke: ({ finish }) => finish(),
    ends: lost,
  },
  {
    point: 'inside-finish-tx',
    provoke: ({ finish }) => finish(),
    // It is done once more.
    ends: ['interrupted', 'complete', 'complete', 'interrupted'],
  },
  {
    point: 'after-finish-commit-before-terminal-emit',
    provoke: ({ finish }) => finish(),
    ends: unharmed,
  },
  {
    point: 'during-lease-renew',
    provoke: () => undefined,
    // The next sweep renews it.
    ends: ['interrupted', 'complete', 'complete', 'interrupted'],
  },
  {
    point: 'during-stop',
    provoke: ({ stop }) => stop(),
    ends: ['interrupted', 'stopped', 'stopped', 'interrupted'],
  },
  {
    point: 'during-delete',
    provoke: ({ remove }) => remove(),
    ends: ['deleted', 'deleted', 'deleted', 'deleted'],
  },
  {
    point: 'during-drain',
    provoke: ({ drain }) => drain(),
    ends: ['interrupted', 'interrupted', 'interrupted', 'interrupted'],
  },
  // Last, since it leaves two fresh daemons, which judge nobody's lease for a while.
  {
    point: 'during-sweep',
    provoke: ({ killOwner }) => killOwner(),
    ends: ['interrupted', 'interrupted', 'interrupted', 'interrupted'],
  },
]

let daemon: CrashableDaemon
let stages: Stage[] = []
/** Those that no case is on. */
let free: Stage[] = []

beforeAll(async () => {
  daemon = await buildCrashableDaemon()
  const creating = Array.from({ length: stageCount }, () => createStage(daemon.bundle))
  stages = await Promise.all(creating)
  free = [...stages]
})

afterAll(async () => {
  await Promise.all(stages.map((stage) => stage.dispose()))
  daemon.remove()
})

/** A stage for one case; after a failure nothing of it is left for the next. */
async function onStage(work: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = free.pop()
  if (stage === undefined) throw new Error('more cases at once than stages')
  try {
    await work(stage)
  } catch (error) {
    const logged = stage.logged()
    await stage.reset()
    throw new Error(`${error instanceof Error ? error.message : error}\n${logged}`, {
      cause: error,
    })
  } finally {
    free.push(stage)
  }
}

describe.concurrent.each(matrix)('$point', ({ point, provoke, plan = false, ends }) => {
  faults.forEach((fault, index) => {
    const standing = ends[index] ?? 'complete'
    test(`${fault}: ${standing}`, () =>
      onStage((stage) => runKillCase(stage, { point, fault, provoke, plan, standing })))
  })
})
