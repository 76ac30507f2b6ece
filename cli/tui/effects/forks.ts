import { askAndFollow } from '../../../shared/client/follow.js'
import type { ForkWanted, Session } from '../../../shared/contract/session.js'
import { forkSession } from '../../session/fork.js'
import type { Editing, State } from '../state/state.js'
import { type Deps, guard, notice } from './deps.js'
import { unlessNotFound } from './not-found.js'
import { insteadOfGateway } from './run.js'

/** Copies of the open session, which is left as it is. */
export interface Forks {
  /** Makes one and opens it. Throws ProblemError. */
  fork(wanted: ForkWanted): Promise<void>
  /**
   * Asks something in the place of an earlier question, in a fork that ends before it. What cannot be asked
   * is in the composer again, and no fork stays. Throws ProblemError.
   */
  askOtherwise(editing: Editing, text: string): Promise<void>
}

interface Within {
  /** Resolves when what was changed in the session so far has reached the daemon. */
  settled(): Promise<unknown>
  /** Tells later on whether no other session has been opened or made since. */
  mark(): () => boolean
  /** The daemon has a new session. */
  made(session: Session): void
  open(session: Session): Promise<void>
}

/** So long a daemon that went away is waited for with a question, ms. */
const postPatienceMs = 5_000
/** One says that something is under way when it takes longer than this, ms. */
const patienceMs = 400

export function createForks(deps: Deps, { settled, mark, made, open }: Within): Forks {
  const { store, link } = deps

  const make = async (from: Session, wanted: ForkWanted): Promise<Session> => {
    // A model that was chosen just before comes along.
    await settled()
    return link.once((client) => forkSession(client, from.id, wanted))
  }
  /** A long session takes a while to copy. */
  const saying = async <Result>(text: string, work: Promise<Result>): Promise<Result> => {
    const timer = setTimeout(() => store.dispatch({ type: 'hint', hint: text }), patienceMs)
    try {
      return await work
    } finally {
      clearTimeout(timer)
      if (store.state.hint === text) store.dispatch({ type: 'hint', hint: undefined })
    }
  }
  /** Opens it unless the user has gone somewhere else meanwhile. */
  const show = async (session: Session, isStill: boolean, text: string): Promise<void> => {
    made(session)
    if (isStill) await open(session)
    const isOpen = store.state.session?.id === session.id
    notice(deps, isOpen ? text : `The fork "${session.title}" is in the list of sessions.`)
  }

  /** Resolves when the daemon has the question, and answers it. */
  const ask = async (sessionId: string, text: string): Promise<void> => {
    const cut = new AbortController()
    let isAccepted = false
    const body = { message: text, ...insteadOfGateway(store.state) }
    try {
      await askAndFollow({
        ...{ sessionId, body, idempotencyKey: crypto.randomUUID() },
        ...{ connect: link.client, signal: cut.signal, reconnectMs: postPatienceMs },
        onBreak: link.lost,
        onEvents() {
          isAccepted = true
          // Who opens the fork follows it.
          cut.abort()
        },
      })
    } catch (error) {
      if (!isAccepted) throw error
    }
  }
  const drop = (id: string): Promise<void> =>
    link.untilDone((client) => client.deleteSession(id)).catch(unlessNotFound)

  return {
    async askOtherwise(editing, text) {
      const { session: from, turn } = store.state
      if (from === undefined) return notice(deps, 'No session is open yet.', 'warn')
      const isStill = mark()
      const isStandIn = from.model === null && insteadOfGateway(store.state) !== undefined
      let fork: Session | undefined
      try {
        const wanted = { message_id: editing.messageId, before: true }
        fork = await saying('Asking in a fork…', make(from, wanted))
        await ask(fork.id, text)
      } catch (error) {
        if (fork !== undefined) guard(deps, drop(fork.id))
        store.dispatch({ type: 'edit-returned', sessionId: from.id, editing, text })
        if (store.state.session?.id === from.id) throw error
        const why = error instanceof Error ? error.message : String(error)
        const what = `A question was not asked: ${why}`
        return notice(deps, `${what}\nIt is a draft in "${from.title}".`, 'warn')
      }
      const { id } = fork
      const session = await link.untilDone((client) =>
        // The session is not to go on with what only stood in.
        isStandIn ? client.patchSession(id, { model: null }) : client.getSession(id),
      )
      const left = editing.draft.editor.text === '' ? '' : '\nWhat you had written waits there.'
      await show(session, isStill(), `${cameFrom(from, turn)}${left}`)
    },
    async fork(wanted) {
      const { session: from, turn } = store.state
      if (from === undefined) return notice(deps, 'No session is open yet.', 'warn')
      const isStill = mark()
      const fork = await saying('Copying the session…', make(from, wanted))
      await show(fork, isStill(), cameFrom(from, turn))
    },
  }
}

function cameFrom({ title }: Session, turn: State['turn']): string {
  const rest = turn === undefined ? 'which stays as it is' : 'where its answer goes on'
  return `This is a fork of "${title}", ${rest}.`
}
