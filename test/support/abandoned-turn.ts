import { randomUUID } from 'node:crypto'
import { createDatabaseWatch } from '../../daemon/store/database-watch.js'
import { createEventWriter } from '../../daemon/store/event-writer.js'
import { createSessionStore } from '../../daemon/store/sessions.js'
import { settleTurn } from '../../daemon/store/turn-settle.js'
import { type StartedTurn, startTurn } from '../../daemon/store/turn-start.js'
import type { StoredEvent } from '../../daemon/store/turns.js'
import type { Plan } from '../../shared/contract/common.js'
import type { TestDatabase } from './database.js'
import { noLimit } from './no-limit.js'
import { recordingLog } from './recording-log.js'

interface AbandonOptions {
  instance: string
  /** So long after its start it may be ended by others. */
  leaseMs: number
  plan?: Plan
  /** What it had written, from the second event on. Default: the answer `half`. */
  events?(turn: StartedTurn): Omit<StoredEvent, 'n'>[]
  /** The plan was settled as it is. */
  planned?: boolean
}

/** A turn as a daemon that died leaves it. */
export async function abandonTurn(
  { pool }: Pick<TestDatabase, 'pool'>,
  { instance, leaseMs, plan, planned, events = half }: AbandonOptions,
): Promise<StartedTurn> {
  const session = await createSessionStore(pool).create('local', {})
  const result = await startTurn(pool, {
    owner: 'local',
    sessionId: session.id,
    content: 'Hi',
    instance,
    boot: randomUUID(),
    leaseMs,
    choose: () => ({
      model: plan?.answering_model ?? 'm',
      plan: plan ?? null,
      roleId: null,
      sessionModel: null,
      title: 'T',
    }),
    limit: noLimit,
    guard: () => undefined,
  })
  if (!('started' in result)) throw new Error('attached')
  const turn = result.started
  const writer = createEventWriter(pool, {
    onCommit: () => undefined,
    patienceMs: 0,
    watch: createDatabaseWatch(),
    log: recordingLog(),
  })
  await writer.append({
    turnId: turn.id,
    epoch: 1,
    events: events(turn).map((event, index) => ({ ...event, n: index + 2 })),
  })
  if (planned && plan && turn.planMessageId !== null) {
    const message = {
      id: turn.planMessageId,
      status: 'complete' as const,
      model: plan.planning_model,
    }
    await settleTurn(pool, { turnId: turn.id, fence: { epoch: 1 }, messages: [message] })
  }
  return turn
}

const half = (turn: StartedTurn): Omit<StoredEvent, 'n'>[] => [
  { event: 'delta', data: 'half', message_id: turn.answerMessageId },
]
