import type { ForkWanted, Session } from '../../../shared/contract/session.js'
import { forkSession } from '../../session/fork.js'
import { type Deps, notice } from './deps.js'

/** Copies of the open session, which is left as it is. */
export interface Forks {
  /** Makes one and opens it. Throws ProblemError. */
  fork(wanted: ForkWanted): Promise<void>
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

  return {
    async fork(wanted) {
      const { session: from, turn } = store.state
      if (from === undefined) return notice(deps, 'No session is open yet.', 'warn')
      const isStill = mark()
      const fork = await saying('Copying the session…', make(from, wanted))
      const rest = turn === undefined ? 'which stays as it is' : 'where its answer goes on'
      await show(fork, isStill(), `This is a fork of "${from.title}", ${rest}.`)
    },
  }
}
