import type { Message } from '../../../shared/contract/message.js'
import { ProblemError } from '../../../shared/contract/problem.js'
import type { ForkWanted, Session, SessionPatch } from '../../../shared/contract/session.js'
import { listedSessions, messagesPerPage } from '../../session/start-chat.js'
import { asDraft, joined } from '../state/draft.js'
import type { Link } from '../state/link.js'
import type { Editing } from '../state/state.js'
import { idOf } from '../transcript/entry.js'
import { type Deps, guard, notice } from './deps.js'
import { createForks } from './forks.js'
import { createInTurn } from './in-turn.js'
import { makeSession } from './make-session.js'
import { isNotFound, unlessNotFound } from './not-found.js'
import { createOlderPages } from './older-pages.js'
import { beginningOf, entriesOf, isBehind, liveTurnOf } from './page.js'
import { type Back, messagesPerStep, readBackTo } from './read-back.js'
import { createReading } from './reading.js'
import { createTurns, type Turns } from './turns.js'

/** The list of sessions, and the open one with its turn. */
export interface Sessions {
  readonly turns: Turns
  /** Reads the list again; what other clients did in the open session is shown. */
  refresh(): Promise<void>
  open(session: Session): Promise<void>
  /**
   * Opens a session, if it is not open, and reads back to a message of it, or to its first one;
   * `onFar` is called when that may take a while.
   */
  openAt(session: Session, messageId: string, onFar?: () => void): Promise<void>
  /** A session with the model, role, plan and parameters of the open one. */
  create(): Promise<void>
  /** Makes a copy of what the open one shows, and opens it. Throws ProblemError. */
  fork(wanted: ForkWanted): Promise<void>
  /** Asks something in the place of an earlier question of the open one, in a fork. Throws ProblemError. */
  askOtherwise(editing: Editing, text: string): Promise<void>
  /** Changes the open session, after all changes before. Throws ProblemError. */
  patch(patch: SessionPatch): Promise<void>
  /** Deletes one; if it is the open one, the next is opened or one is made. */
  remove(id: string): Promise<void>
  /** It was deleted by another client. */
  gone(id: string): Promise<void>
  /** Loads messages before the first one shown; false: there are none, or others are shown by now. */
  loadOlder(): Promise<boolean>
}

export function createSessions(deps: Deps): Sessions {
  const { store, link, transcript, redraw } = deps
  const list = createReading(
    () => link.untilDone((client) => client.listSessions(listedSessions)),
    (sessions) => store.dispatch({ type: 'sessions-listed', sessions }),
  )
  const changes = createInTurn()
  /** Those deleted here: nobody else did it, and what still comes of them is too late. */
  const removed = new Set<string>()
  /** Of the latest `open` or `create`: one that was overtaken shows nothing. */
  let ticket = 0
  let moving: Promise<void> | undefined
  /** One is being opened or made; what is still open is left. */
  let isOpening = false
  /** When the open session had been changed last, as far as it is shown. */
  let seen: string | undefined
  const mark = (): (() => boolean) => {
    const mine = ticket
    return () => mine === ticket
  }
  const older = createOlderPages(deps, mark)

  const turns = createTurns(deps, {
    onChange: () => guard(deps, sessions.refresh()),
    onStale: (id) => reopen(id),
    onGone: (id) => guard(deps, dropGone(id)),
    onStandIn: (id) => change(id, { model: null }, link.untilDone).catch(unlessNotFound),
    settled: changes.settled,
    moving: () => moving,
  })
  const known = (id: string): Session | undefined =>
    store.state.sessions.find((session) => session.id === id)

  const change = (id: string, patch: SessionPatch, by: Link['once']): Promise<void> =>
    changes.run(async () => {
      const session = await by((client) => client.patchSession(id, patch))
      list.changed()
      const isThere = known(id) !== undefined || store.state.session?.id === id
      if (isThere) store.dispatch({ type: 'session-changed', session })
    })
  const show = (session: Session, messages: readonly Message[]): void => {
    store.dispatch({ type: 'session-opened', session })
    seen = session.updated_at
    const turnId = liveTurnOf(session, messages)
    transcript.open(entriesOf(messages, turnId))
    if (turnId !== undefined) turns.attach(session.id, turnId, beginningOf(messages, turnId))
    redraw()
  }
  const readPage = async (session: Session) => {
    const read = () => link.untilDone((client) => client.pageMessages(session.id, messagesPerPage))
    const page = await read()
    return isBehind(known(session.id) ?? session, page.items) ? read() : page
  }
  /** What other clients have said in the open session since it was last read. */
  const showMissed = async (session: Session): Promise<void> => {
    const mine = ticket
    const page = await readPage(session)
    const isOpen = store.state.session?.id === session.id && store.state.turn === undefined
    if (mine !== ticket || !isOpen) return
    seen = session.updated_at
    const shown = new Set(transcript.entries().map((entry) => idOf(entry)))
    if (page.items.every(({ id, content }) => content === '' || shown.has(id))) return
    // Older ones on their way are not those before what is shown now.
    ticket += 1
    older.cursor = page.older
    show(session, page.items)
  }
  const reopen = async (id: string): Promise<void> => {
    try {
      const session = await link.untilDone((client) => client.getSession(id))
      if (store.state.session?.id !== id || isOpening) return
      store.dispatch({ type: 'session-changed', session })
      await sessions.open(session)
    } catch (error) {
      if (!isNotFound(error)) throw error
      await dropGone(id)
    }
  }
  /** Remembers that a session is on its way, for what is sent meanwhile. */
  const move = async (way: Promise<void>): Promise<void> => {
    moving = way
    try {
      await way
    } finally {
      if (moving === way) moving = undefined
    }
  }
  const make = (like: Session | undefined, by: Link['once']): Promise<void> =>
    move(makeOne(like, by))
  const makeOne = async (like: Session | undefined, by: Link['once']): Promise<void> => {
    ticket += 1
    const mine = ticket
    isOpening = true
    try {
      const session = await makeSession(by, like)
      list.changed()
      store.dispatch({ type: 'session-changed', session })
      if (mine !== ticket) return
      turns.leave()
      older.cursor = undefined
      show(session, [])
    } finally {
      if (mine === ticket) isOpening = false
    }
  }
  /** Takes a session off the list. Returns the one that takes its place. */
  const forget = (id: string): Session | undefined => {
    const { sessions: before, session } = store.state
    if (session?.id === id) turns.leave()
    list.changed()
    store.dispatch({ type: 'session-deleted', id })
    const after = store.state.sessions
    const at = before.findIndex((one) => one.id === id)
    return after[Math.min(Math.max(at, 0), after.length - 1)]
  }
  const openInstead = (next: Session | undefined, like: Session | undefined): Promise<void> =>
    next === undefined ? make(like, link.untilDone) : sessions.open(next)

  /** Whoever deleted the last session may have made another one. */
  const openNext = async (next: Session | undefined, like: Session): Promise<void> => {
    if (next === undefined) await list.refresh()
    if (store.state.session === undefined) await openInstead(next ?? store.state.sessions[0], like)
  }
  /** The open session as the daemon has it now; undefined when it is gone. */
  const readOpen = async (id: string): Promise<Session | undefined> => {
    // The list is not endless.
    const asked = known(id) ?? link.untilDone((client) => client.getSession(id))
    try {
      return await asked
    } catch (error) {
      if (!isNotFound(error)) throw error
      await dropGone(id)
      return undefined
    }
  }
  /** Another client has deleted a session; what was typed in it is kept. */
  const dropGone = async (id: string): Promise<void> => {
    const { session: open, drafts } = store.state
    const gone = known(id) ?? (open?.id === id ? open : undefined)
    if (removed.has(id) || gone === undefined) return
    const draft = drafts.get(id)
    const next = forget(id)
    if (draft !== undefined) {
      const composer = joined(asDraft(draft), store.state.composer)
      store.dispatch({ type: 'composed', composer })
    }
    if (store.state.session === undefined) await openNext(next, gone)
    const kept = store.state.composer.editor.text !== '' && (draft !== undefined || open === gone)
    const where = kept ? '\nWhat you had written there is in the composer.' : ''
    notice(deps, `The session "${gone.title}" was deleted elsewhere.${where}`, 'warn')
  }

  const openOne = async (session: Session, back?: Back): Promise<void> => {
    const { id } = session
    ticket += 1
    const mine = ticket
    // It is followed already: reading it again would only interrupt that.
    isOpening = store.state.session?.id !== id || store.state.turn === undefined
    if (!isOpening) return
    try {
      const newest = await readPage(session)
      const page = back ? await readBackTo(back, newest, older.read(id, messagesPerStep)) : newest
      if (mine !== ticket || removed.has(id)) return
      turns.leave()
      older.cursor = page.older
      show(known(id) ?? session, page.items)
    } catch (error) {
      if (isNotFound(error)) return await dropGone(id)
      if (mine === ticket) throw error
    } finally {
      if (mine === ticket) isOpening = false
    }
  }

  const forks = createForks(deps, {
    settled: changes.settled,
    mark,
    made(session) {
      list.changed()
      store.dispatch({ type: 'session-changed', session })
    },
    open: openOne,
  })
  const sessions: Sessions = {
    turns,
    async refresh() {
      await list.refresh()
      const { id } = store.state.session ?? {}
      const session = id === undefined ? undefined : await readOpen(id)
      const isOpen = store.state.session?.id === id && store.state.turn === undefined
      if (session === undefined || !isOpen || isOpening) return
      if (session.live_turn_id !== null) return sessions.open(session)
      if (session.updated_at !== seen) await showMissed(session)
    },
    open(session) {
      const isOther = store.state.session?.id !== session.id
      return isOther ? move(openOne(session)) : openOne(session)
    },
    async create() {
      const { session, turn } = store.state
      const isEmpty = transcript.entries().every(({ kind }) => kind === 'notice')
      if (session === undefined || !isEmpty || turn !== undefined) return make(session, link.once)
      // It is as new as a new one; only what we said goes away, and what was to be opened instead.
      ticket += 1
      isOpening = false
      transcript.open([])
      redraw()
    },
    fork: (wanted) => move(forks.fork(wanted)),
    askOtherwise: (editing, text) => move(forks.askOtherwise(editing, text)),
    async patch(patch) {
      const { session } = store.state
      if (session === undefined) throw new ProblemError('invalid_request', 'no session is open yet')
      await change(session.id, patch, link.once)
    },
    async remove(id) {
      removed.add(id)
      try {
        await link.once((client) => client.deleteSession(id)).catch(unlessNotFound)
      } catch (error) {
        removed.delete(id)
        throw error
      }
      const { session } = store.state
      const next = forget(id)
      if (session?.id === id) await openInstead(next, session)
    },
    async gone(id) {
      const { session, drafts } = store.state
      if (session?.id === id || drafts.has(id)) return dropGone(id)
      if (known(id) !== undefined) forget(id)
    },
    async openAt(session, to, onFar = () => undefined) {
      const isHere = () => store.state.session?.id === session.id && !isOpening
      if (!isHere()) await move(openOne(session, { to, onFar }))
      const isShown = () => transcript.entries().some((entry) => idOf(entry) === to)
      for (let step = 0; isHere() && older.cursor !== undefined && !isShown(); step++) {
        if (step === 1) onFar()
        await older.load(messagesPerStep)
      }
    },
    loadOlder: () => older.load(messagesPerPage),
  }
  return sessions
}
