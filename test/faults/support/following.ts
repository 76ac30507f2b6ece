import type { attachAndFollow } from '../../../shared/client/follow.js'
import type { TurnOutcome } from '../../../shared/contract/event.js'
import { ProblemError } from '../../../shared/contract/problem.js'
import type { Reader } from './check.js'
import type { Replica } from './replicas.js'

/** How a turn stands when all is over; deleted: neither it nor its session is there. */
export type Standing = 'complete' | 'stopped' | 'interrupted' | 'deleted'

export interface Following {
  readonly reader: Reader
  /** How it ended for this reader: as it stands, or the code of a refusal. Never rejects. */
  readonly end: Promise<string>
}

type FollowOptions = Pick<
  Parameters<typeof attachAndFollow>[0],
  'connect' | 'reconnectMs' | 'onEvents'
>

/** Reads a turn to its end, at the next of the replicas whenever one breaks off. */
export function following(
  reader: Reader,
  replicas: readonly Replica[],
  reconnectMs: number,
  follow: (options: FollowOptions) => Promise<TurnOutcome>,
): Following {
  let tries = 0
  const connect: FollowOptions['connect'] = async () => {
    const replica = replicas[tries++ % replicas.length]
    if (replica === undefined) throw new Error('nowhere to read')
    return replica.client
  }
  const outcome = reader.until(follow({ connect, reconnectMs, onEvents: reader.saw }))
  const end = outcome.then(
    ({ status, problem }) => (problem?.code === 'session_deleted' ? 'deleted' : status),
    (error: unknown) => (error instanceof ProblemError ? error.code : String(error)),
  )
  return { reader, end }
}

/** The turn that it reads. Throws until it has begun. */
export function startOf({ reader }: Following): string {
  const start = reader.events.find(({ event }) => event === 'turn.started')
  if (start?.event !== 'turn.started') throw new Error('no turn has started')
  return start.data.turn_id
}
