import { onTestFinished } from 'vitest'
import { themeFor } from '../../cli/text/theme.js'
import type { Deps } from '../../cli/tui/effects/deps.js'
import { createSessionUsage } from '../../cli/tui/effects/session-usage.js'
import { createSessions, type Sessions } from '../../cli/tui/effects/sessions.js'
import { createLink } from '../../cli/tui/state/link.js'
import { initialState, type State } from '../../cli/tui/state/state.js'
import { createStore } from '../../cli/tui/state/store.js'
import { createTranscript } from '../../cli/tui/transcript/transcript.js'
import { type Client, createClient } from '../../shared/client/client.js'
import type { Session } from '../../shared/contract/session.js'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { startDaemon, type TestDaemon } from '../support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'

export interface ChatUnderTest {
  readonly daemon: TestDaemon
  readonly database: TestDatabase
  /** What other clients use. */
  readonly other: Client
  readonly upstream: Upstream
  readonly sessions: Sessions
  readonly deps: Deps
  readonly state: State
  /** Makes a session, not opened yet. */
  make(model: string | null, title?: string): Promise<Session>
  /** The transcript, an entry a string: `user: Hi`, `assistant: Hello (stopped)`, `warn: …`. */
  shown(): string[]
  /** What the composer holds. */
  typed(): string
  /** Waits for the end of the turn. */
  idle(): Promise<void>
  /** The same, and that nothing is looked at any more: a look of the chat's own would see what comes next. */
  settled(): Promise<void>
  /** Such calls wait from here on: those that write before they are made, those that read after. */
  hold(call?: Held): Hold
}

type Held = 'chat' | 'patchSession' | 'pageMessages' | 'listSessions'

interface Hold {
  /** A call waits. */
  readonly reached: Promise<void>
  /** They go on, or fail. Later ones are not held. */
  letGo(error?: Error): void
}

/** The effects of the chat with a real store, transcript and link, on a real daemon. */
export async function startChat({ isOffline = false } = {}): Promise<ChatUnderTest> {
  const upstream = await startUpstream()
  onTestFinished(() => upstream.close())
  if (isOffline) await upstream.close()
  const database = await createTestDatabase()
  const daemon = await startDaemon({ database, upstream })
  const holds = new Map<Held, () => Promise<void>>()
  const pass = (call: Held): Promise<void> => holds.get(call)?.() ?? Promise.resolve()

  let looks = 0
  const looking = async <Result>(call: Held, look: Promise<Result>): Promise<Result> => {
    looks += 1
    try {
      const result = await look
      await pass(call)
      return result
    } finally {
      looks -= 1
    }
  }

  const connect = async (): Promise<Client> => {
    const client = createClient({
      target: { socketPath: daemon.socketPath },
      token: daemon.token,
    })
    return {
      ...client,
      async chat(...asked) {
        await pass('chat')
        return client.chat(...asked)
      },
      async patchSession(...asked) {
        await pass('patchSession')
        return client.patchSession(...asked)
      },
      pageMessages: (...asked) => looking('pageMessages', client.pageMessages(...asked)),
      listSessions: (...asked) => looking('listSessions', client.listSessions(...asked)),
    }
  }
  const store = createStore(
    initialState({ size: { columns: 120, rows: 40 }, theme: 'dark', mouse: true }),
    () => usage.look(store.state),
  )
  const now = Date.now
  const transcript = createTranscript({
    ...{ width: 80, height: 24, theme: themeFor('none'), now },
    onChange: () => undefined,
  })
  const link = createLink({
    connect,
    onState: (state) => store.dispatch({ type: 'link', link: state }),
  })
  onTestFinished(() => {
    link.close()
    transcript.dispose()
  })
  const deps: Deps = { store, link, transcript, redraw: () => undefined, now }
  const usage = createSessionUsage(deps)
  const sessions = createSessions(deps)
  return {
    ...{ daemon, database, other: daemon.client, upstream, sessions, deps },
    get state() {
      return store.state
    },
    make: (model, title) =>
      daemon.client.createSession({ model, ...(title !== undefined && { title }) }),
    shown: () =>
      transcript.entries().map((entry) => {
        if (entry.kind === 'notice') return `${entry.tone}: ${entry.text}`
        const { role, content, status } = entry.message
        return `${role}: ${content}${status === 'complete' ? '' : ` (${status})`}`
      }),
    typed: () => store.state.composer.editor.text,
    async idle() {
      await eventually(() => {
        if (store.state.turn !== undefined) throw new Error('it still answers')
      })
    },
    async settled() {
      await eventually(() => {
        if (store.state.turn !== undefined || looks > 0) throw new Error('it is not done yet')
      })
    },
    hold(call = 'chat') {
      let letGo = (_?: Error): void => undefined
      let reach = (): void => undefined
      const reached = new Promise<void>((resolve) => {
        reach = resolve
      })
      const held = new Promise<void>((resolve, reject) => {
        letGo = (error) => (error === undefined ? resolve() : reject(error))
      })
      holds.set(call, () => {
        reach()
        return held
      })
      return {
        reached,
        letGo(error) {
          holds.delete(call)
          letGo(error)
        },
      }
    },
  }
}
