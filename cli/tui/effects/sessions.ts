import type { Message } from '../../../shared/contract/message.js'
import { ProblemError } from '../../../shared/contract/problem.js'
import type { Session, SessionPatch } from '../../../shared/contract/session.js'
import type { Entry } from '../transcript/entry.js'
import { type Deps, guard, notice } from './deps.js'
import { createTurns, type Turns } from './turns.js'

/** The list of sessions, and the open one with its turn. */
export interface Sessions {
  readonly turns: Turns
  /** Reads the list again. */
  refresh(): Promise<void>
  open(session: Session): Promise<void>
  /** A session with the model, role and plan of the open one. */
  create(): Promise<void>
  patch(patch: SessionPatch): Promise<void>
  /** Deletes one; if it is the open one, the next is opened or one is made. */
  remove(id: string): Promise<void>
  /** Loads messages before the first one shown, if there are any. */
  loadOlder(): Promise<void>
}

/** Messages of one page. */
const pageSize = 60
/** Sessions in the list. */
const listSize = 500

export function createSessions(deps: Deps): Sessions {
  const { store, link, transcript, redraw } = deps
  /** Of the latest `open`: one that was overtaken shows nothing. */
  let ticket = 0
  let older: string | undefined
  let isLoadingOlder = false

  const turns = createTurns(deps, {
    onChange: () => guard(deps, sessions.refresh()),
    onExpired: (id) => guard(deps, reopen(id)),
  })
  const reopen = async (id: string): Promise<void> => {
    const session = await link.untilDone((client) => client.getSession(id))
    if (store.state.session?.id === id) await sessions.open(session)
  }
  const show = (session: Session, messages: readonly Message[]): void => {
    store.dispatch({ type: 'session-opened', session })
    const live = messages.findLast(({ status }) => status === 'streaming')?.turn_id
    const turnId = live ?? session.live_turn_id ?? undefined
    transcript.open(entriesOf(messages, turnId))
    if (turnId !== undefined) turns.attach(session.id, turnId)
    redraw()
  }
  const openAnother = async (): Promise<void> => {
    const [next] = store.state.sessions
    await (next === undefined ? sessions.create() : sessions.open(next))
  }

  const sessions: Sessions = {
    turns,
    async refresh() {
      const list = await link.untilDone((client) => client.listSessions(listSize))
      store.dispatch({ type: 'sessions-listed', sessions: list })
    },
    async open(session) {
      ticket += 1
      const mine = ticket
      try {
        const read = link.untilDone((client) => client.pageMessages(session.id, pageSize))
        const page = await read
        if (mine !== ticket) return
        turns.leave()
        older = page.older
        show(session, page.items)
      } catch (error) {
        const isGone = error instanceof ProblemError && error.code === 'not_found'
        if (!isGone || mine !== ticket) throw error
        store.dispatch({ type: 'session-deleted', id: session.id })
        notice(deps, `The session "${session.title}" was deleted elsewhere.`, 'warn')
        if (store.state.session === undefined) await openAnother()
      }
    },
    async create() {
      const isEmpty = transcript.entries().every(({ kind }) => kind === 'notice')
      if (store.state.session !== undefined && isEmpty && store.state.turn === undefined) {
        // It is as new as a new one; only what we said goes away.
        transcript.open([])
        return redraw()
      }
      ticket += 1
      const mine = ticket
      const { model = null, role_id = null, plan = null } = store.state.session ?? {}
      const session = await link.once((client) => client.createSession({ model, role_id, plan }))
      store.dispatch({ type: 'session-changed', session })
      if (mine !== ticket) return
      turns.leave()
      older = undefined
      show(session, [])
    },
    async patch(patch) {
      const { session } = store.state
      if (session === undefined) return
      const changed = await link.once((client) => client.patchSession(session.id, patch))
      store.dispatch({ type: 'session-changed', session: changed })
    },
    async remove(id) {
      await link.once((client) => client.deleteSession(id)).catch(unlessGone)
      const wasOpen = store.state.session?.id === id
      if (wasOpen) turns.leave()
      store.dispatch({ type: 'session-deleted', id })
      if (wasOpen) await openAnother()
    },
    async loadOlder() {
      const { session } = store.state
      if (older === undefined || isLoadingOlder || session === undefined) return
      isLoadingOlder = true
      const mine = ticket
      const before = older
      try {
        const read = link.untilDone((client) => client.pageMessages(session.id, pageSize, before))
        const page = await read
        if (mine !== ticket) return
        older = page.older
        transcript.prepend(entriesOf(page.items, undefined))
        redraw()
      } finally {
        isLoadingOlder = false
      }
    },
  }
  return sessions
}

/** What a running turn has brought so far is left out: it is replayed. */
function entriesOf(messages: readonly Message[], liveTurn: string | undefined): Entry[] {
  return messages
    .filter(
      ({ role, turn_id }) => role === 'user' || liveTurn === undefined || turn_id !== liveTurn,
    )
    .map((message) => ({ kind: 'message', message }))
}

/** What another client deleted in this moment is as good as deleted. */
function unlessGone(error: unknown): void {
  if (!(error instanceof ProblemError) || error.code !== 'not_found') throw error
}
