import { randomUUID } from 'node:crypto'
import type { Client } from '../../../shared/client/client.js'
import { askAndFollow, attachAndFollow } from '../../../shared/client/follow.js'
import { isTerminal, type TurnEvent } from '../../../shared/contract/event.js'
import type { Script } from '../../fakes/upstream/script-table.js'
import {
  done,
  finish,
  pause,
  reasoning,
  role,
  type Step,
  text,
  usage,
} from '../../fakes/upstream/steps.js'
import { eventually } from '../../support/eventually.js'
import type { History } from './check.js'
import { createRandom, type Random } from './random.js'

/** Model `flow`: some seconds of text that no other question has, in bursts, after a little thought. */
export const flow: Script = { steps: ({ text: asked }) => flowing(asked) }

const flowDeltas = 90

function* flowing(asked: string): Iterable<Step> {
  const random = createRandom(Number.parseInt(asked.slice(0, 8), 16))
  yield role()
  yield reasoning(`Thinking of ${asked}. `)
  for (let i = 0; i < flowDeltas; i++) {
    if (random.next() < 0.6) yield pause(random.between(5, 60))
    yield text(`${asked.slice(0, 8)}:${i} ${'ünï👩‍🚀'.repeat(random.between(0, 4))}\n`)
  }
  yield finish()
  yield usage(1, flowDeltas)
  yield done()
}

export interface Crowd {
  /** Resolves when its readers have seen `count` more events; rejects when one of them is refused. */
  shown(count: number): Promise<void>
  /** Asks no more. Resolves when all readers have seen their turn's end; rejects as above. */
  finish(): Promise<void>
}

interface Options {
  size: number
  clients: readonly Client[]
  history: History
  random: Random
}

/** How long a reader tries to get back to a daemon, ms. */
const reconnectMs = 120_000

/**
 * People who ask, one question after the other, and now and then somebody who joins them in the
 * middle. Each goes to any replica, and after a break to any other.
 */
export function startCrowd({ size, clients, history, random }: Options): Crowd {
  let over = false
  let events = 0
  let waiting: { until: number; resolve: () => void }[] = []

  const note = (count: number): void => {
    events += count
    for (const { until, resolve } of waiting) if (until <= events) resolve()
    waiting = waiting.filter(({ until }) => until > events)
  }

  /** Joins a turn from the beginning or from an event on that another reader saw. */
  const join = (
    turnId: string,
    seen: readonly TurnEvent[],
    connect: () => Promise<Client>,
  ): Promise<unknown> => {
    const last = random.oneOf(seen)
    const after = random.next() < 0.5 || isTerminal(last.event) ? undefined : last.id
    const { saw, until } = history.reader({ after: Number(after?.split(':')[1] ?? 0) })
    return until(attachAndFollow({ turnId, after, connect, reconnectMs, onEvents: saw }))
  }

  const ask = async (sessionId: string, connect: () => Promise<Client>): Promise<void> => {
    const key = randomUUID()
    const reader = history.reader({ key })
    const joining = new Set<Promise<unknown>>()
    const onEvents = (batch: readonly TurnEvent[]): void => {
      reader.saw(batch)
      note(batch.length)
      const [first] = reader.events
      if (first?.event !== 'turn.started' || random.next() > 0.02) return
      joining.add(join(first.data.turn_id, reader.events, connect))
    }
    const body = { message: key, model: 'flow' }
    const asked = { sessionId, body, idempotencyKey: key }
    await reader.until(askAndFollow({ ...asked, connect, reconnectMs, onEvents }))
    await Promise.all(joining)
  }

  const person = async (choice: Random): Promise<void> => {
    const anyone = async (): Promise<Client> => choice.oneOf(clients)
    while (!over) {
      const create = async () => (await anyone()).createSession({})
      const make = () => history.call('POST /api/sessions', create())
      const { id } = await eventually(make, reconnectMs)
      for (let turns = choice.between(1, 4); turns > 0 && !over; turns--) await ask(id, anyone)
    }
  }

  const people = Promise.all(
    Array.from({ length: size }, () => person(createRandom(random.between(0, 2 ** 31)))),
  )
  const refused = people.then(() => new Promise<never>(() => undefined))
  // It is told to whoever waits for the crowd.
  refused.catch(() => undefined)

  return {
    shown(count) {
      const reached = new Promise<void>((resolve) => {
        waiting.push({ until: events + count, resolve })
      })
      return Promise.race([reached, refused])
    },
    async finish() {
      over = true
      await people
    },
  }
}
