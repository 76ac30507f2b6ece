import type { TurnEvent, TurnMessage, TurnOutcome } from '../../../shared/contract/event.js'
import type { Usage } from '../../../shared/contract/message.js'
import {
  createLiveBlock,
  type FinishedBlock,
  type LiveBlock,
  type LiveIdentity,
  type LivePhase,
} from './live-block.js'

type Data<Name extends TurnEvent['event']> = Extract<TurnEvent, { event: Name }>['data']

export interface LiveTurnOptions {
  /** ms since the epoch. */
  readonly startedAt: number
  readonly model?: string | undefined
  /** How many older answers there are to its question. */
  readonly variants?: number | undefined
  now(): number
  /** Colours have come: time to draw again. */
  onReady(): void
}

/** What the turn does just now. */
export interface LiveStatus {
  readonly phase: LivePhase
  readonly startedAt: number
  /** UTF-16 units of all its messages. */
  readonly characters: number
  readonly reasoningCharacters: number
}

/** The turn that runs: a block for each of its messages. */
export interface LiveTurn {
  readonly blocks: readonly LiveBlock[]
  /** Takes events; the terminal one is for `finish`. */
  take(events: readonly TurnEvent[]): void
  status(): LiveStatus
  /** Ends all blocks and says what has become of them, in order. */
  finish(outcome: TurnOutcome | undefined): FinishedBlock[]
}

/** Makes the turn, with a block for its first message, so that there is something to see. */
export function createLiveTurn(options: LiveTurnOptions): LiveTurn {
  const { startedAt, variants, now, onReady } = options
  const blocks: LiveBlock[] = []

  const open = (identity: LiveIdentity, since: number): LiveBlock => {
    const block = createLiveBlock({ identity, startedAt: since, variants, onReady })
    blocks.push(block)
    return block
  }
  const current = (): LiveBlock => {
    const last = blocks.at(-1)
    if (last?.isOpen) return last
    const kind = last?.identity.kind === 'plan' ? 'answer' : 'chat'
    return open({ kind, model: options.model ?? null }, now())
  }
  const start = ({ message_id: id, model, plan }: Data<'turn.started'>): void => {
    const known = blocks.find((block) => block.identity.id === id)
    if (known) {
      known.become({ ...known.identity, model })
      return
    }
    const last = blocks.at(-1)
    // With a plan it is the id of the answer, which comes second.
    if (last?.identity.id !== undefined) return
    current().become(plan ? { kind: 'plan', model: plan.planning_model } : { ...chat(model), id })
  }
  const enter = ({ phase: kind, message_id: id, model }: Data<'phase'>): void => {
    const identity = { id, kind, model }
    const last = blocks.at(-1)
    const isSame = last?.identity.id === id
    const isUnused =
      last?.identity.id === undefined && last?.characters === 0 && last.reasoningCharacters === 0
    if (last && (isSame || isUnused)) {
      last.become(identity)
      return
    }
    last?.close(now())
    open(identity, now())
  }
  const use = (usage: Usage): void => blocks.at(-1)?.use(usage)

  open(chat(options.model ?? null), startedAt)

  return {
    blocks,
    take(events) {
      for (const { event, data } of events) {
        if (event === 'delta') current().write(data.text)
        else if (event === 'reasoning') current().think(data.text)
        else if (event === 'turn.started') start(data)
        else if (event === 'phase') enter(data)
        else if (event === 'usage') use(data)
        else if (event === 'warning') current().warn(data.detail)
      }
    },
    status() {
      const last = blocks.at(-1)
      return {
        phase: last?.isOpen ? last.phase() : 'waiting',
        startedAt,
        characters: sum(blocks, (block) => block.characters),
        reasoningCharacters: sum(blocks, (block) => block.reasoningCharacters),
      }
    },
    finish(outcome) {
      const told = outcome?.messages ?? []
      claim(told)
      const [only] = blocks
      const isAlone = blocks.length === 1
      if (outcome?.usage && isAlone && !only?.hasUsage) only?.use(outcome.usage)
      for (const block of blocks) block.close(now())
      return blocks
        .filter((block) => isAlone || !isEmpty(block) || byId(told, block) !== undefined)
        .map((block) => block.finish(byId(told, block), outcome))
    },
  }

  // Every message that the daemon tells of has a block.
  function claim(told: readonly TurnMessage[]): void {
    for (const { id, kind, model } of told) {
      const known = blocks.find((block) => block.identity.id === id)
      const target = known ?? blocks.find((block) => block.identity.id === undefined)
      const identity = { id, kind, model: model ?? target?.identity.model ?? null }
      if (target) target.become(identity)
      else open(identity, now())
    }
  }
}

function chat(model: string | null): LiveIdentity {
  return { kind: 'chat', model }
}

function isEmpty({ characters, reasoningCharacters }: LiveBlock): boolean {
  return characters === 0 && reasoningCharacters === 0
}

function byId(told: readonly TurnMessage[], { identity }: LiveBlock): TurnMessage | undefined {
  return told.find(({ id }) => id === identity.id)
}

function sum(blocks: readonly LiveBlock[], of: (block: LiveBlock) => number): number {
  return blocks.reduce((total, block) => total + of(block), 0)
}
