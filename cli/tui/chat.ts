import { join } from 'node:path'
import type { Client } from '../../shared/client/client.js'
import type { Session } from '../../shared/contract/session.js'
import { readSetting } from '../../shared/settings.js'
import type { ClientConfig } from '../config.js'
import { connectToDaemon } from '../connect.js'
import { copyToClipboard } from '../output/clipboard.js'
import type { ChatStart } from '../session/start-chat.js'
import type { App } from './app.js'
import { createHistoryFile } from './composer/history-file.js'
import { createApp } from './create-app.js'
import { type Deps, notice, noticeProblem } from './effects/deps.js'
import { editOutside } from './effects/external-editor.js'
import { followChanges } from './effects/follow-changes.js'
import { readModels } from './effects/models.js'
import { keepSetting } from './effects/preferences.js'
import { createSessionUsage } from './effects/session-usage.js'
import { createSettingsSeen } from './effects/settings-seen.js'
import { createWatch, isOffline } from './effects/watch.js'
import { editedOutside, runGlobal } from './keys/global-commands.js'
import { globalKeys, retryKeys } from './keys/keymap.js'
import { createKeys } from './keys/keys.js'
import { lookOf } from './look.js'
import { createLink } from './state/link.js'
import { initialState, type State } from './state/state.js'
import { createStore } from './state/store.js'
import type { InputEvent, ReplyEvent } from './terminal/event.js'
import { createFrames } from './terminal/frames.js'
import { probeTerminal } from './terminal/probe.js'
import { createScreen } from './terminal/screen.js'
import { openTty } from './terminal/tty.js'
import { createTranscript } from './transcript/transcript.js'
import { createClock } from './view/clock.js'
import { createPainter, themeOf } from './view/paint.js'

interface ChatEnd {
  /** The one that was open last. */
  readonly session: Session
  readonly isAnswering: boolean
}

/** The first frame waits so long for what it is to show, ms. */
const patienceMs = 150
const lookForGatewayMs = 5_000

/** Takes the terminal until the user leaves; then everything is as it was before. */
export async function runChat({ config, client, session }: ChatStart): Promise<ChatEnd> {
  const look = lookOf(config)
  const now = (): number => Date.now()
  const replies = new Set<(reply: ReplyEvent) => void>()
  let isReady = false
  let isKeptUp = false
  const leaving = new AbortController()
  let leave = (): void => undefined
  const left = new Promise<void>((resolve) => {
    leave = resolve
  })

  const frames = createFrames({ draw: () => draw() })
  const tty = openTty({
    ...{ stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
    ...{ mouse: look.mouse, keyboard: true },
    onEvent: (event) => onEvent(event),
    onResize(size) {
      screen.resize(size.columns, size.rows)
      store.dispatch({ type: 'resized', size })
    },
    onResume: () => repaint(),
    onDrain: () => frames.request('input'),
    onHangup: () => leave(),
  })
  const screen = createScreen(tty.size())
  const { theme, mouse } = look
  const defaultModel = readSetting('model', config.env, config.file)?.value
  const store = createStore(initialState({ size: tty.size(), theme, mouse, defaultModel }), () => {
    gateway.look(store.state)
    usage.look(store.state)
    frames.request('input')
  })
  const colours = ({ theme }: State) => themeOf(look.level, theme, look.ascii)
  let painted = colours(store.state)
  const transcript = createTranscript({
    ...{ width: 80, height: 24, theme: painted, now },
    reasoningKey: globalKeys.reasoning.chords.join().toUpperCase(),
    retryKeys,
    onChange: () => frames.request('stream'),
  })
  let first: Client | undefined = client
  const settings = createSettingsSeen(config)
  const link = createLink({
    connect() {
      const known = first
      first = undefined
      const tell = (text: string): void => notice(deps, text, 'warn')
      return known === undefined ? connectToDaemon(settings.config, tell) : Promise.resolve(known)
    },
    onState: (state) => store.dispatch({ type: 'link', link: state }),
  })
  const deps: Deps = { store, link, transcript, redraw: () => frames.request('stream'), now }
  const history = createHistoryFile(join(config.home.directory, 'history'), (error) => {
    noticeProblem(deps, error)
  })
  const keep = (...kept: [key: 'tui.theme' | 'tui.mouse', value: string | boolean]): void => {
    try {
      keepSetting(config, ...kept)
    } catch (error) {
      noticeProblem(deps, error)
    }
  }
  const app: App = createApp(deps, {
    history,
    layout: () => painter.layout,
    run: (app, command) => runGlobal(app, terminal, command),
    setTheme(theme) {
      store.dispatch({ type: 'theme', theme })
      keep('tui.theme', theme)
    },
    setMouse(mouse) {
      store.dispatch({ type: 'mouse', mouse })
      tty.setMouse(mouse)
      keep('tui.mouse', mouse)
    },
    copy: (text) => copyToClipboard(text, { env: config.env, write: tty.write }),
    quit: () => leave(),
  })
  const repaint = (): void => {
    screen.repaint()
    frames.request('input')
  }
  const terminal = {
    redraw: repaint,
    suspend: tty.suspend,
    toggleTheme: () => app.setTheme(store.state.theme === 'dark' ? 'light' : 'dark'),
    edit() {
      const { text } = store.state.composer.editor
      app.start(
        tty
          .outside(() => editOutside(text, config.env))
          .then((written) => editedOutside(app, written, text)),
      )
    },
  }
  const gateway = createWatch({
    everyMs: lookForGatewayMs,
    isNeeded: isOffline,
    run() {
      // Connecting renews the user's own daemon; an answer that runs is waited for.
      if (store.state.turn === undefined && settings.look()) link.renew()
      return readModels(deps)
    },
  })
  const usage = createSessionUsage(deps)
  const painter = createPainter(screen, transcript, whereOf(config))
  const clock = createClock(() => frames.request('clock'))
  const keys = createKeys(app)

  const onEvent = (event: InputEvent): void => {
    if (event.type === 'reply') {
      for (const listener of replies) listener(event)
      return
    }
    keys(event)
    frames.request('input')
  }
  /** Once there is something to see: the first frame does not wait for it. */
  const keepUp = (): void => {
    if (isKeptUp) return
    isKeptUp = true
    app.start(followChanges(deps, app, leaving.signal))
  }
  const draw = (): void => {
    // A terminal that is behind gets what is true when it has caught up.
    if (!isReady || tty.isBusy) return
    const { state } = store
    if (painted !== colours(state)) {
      painted = colours(state)
      transcript.setTheme(painted)
    }
    painter.paint({ state, suggestions: app.suggestions, theme: painted, now: now() })
    const bytes = screen.flush()
    if (bytes !== '') tty.write(bytes)
    keepUp()
    clock.tick(state)
    if (transcript.draw().atTop) app.start(app.sessions.loadOlder())
  }
  const begin = async (): Promise<void> => {
    const listed = app.sessions.refresh().then(() => app.sessions.open(session))
    await Promise.race([Promise.all([listed, app.roles.refresh(), readModels(deps)]), pause()])
  }
  const show = (): void => {
    isReady = true
    frames.request('input')
  }

  const asked = probeTerminal({
    write: tty.write,
    onReply(listener) {
      replies.add(listener)
      return () => replies.delete(listener)
    },
  })
  const matchBackground = async (): Promise<void> => {
    const { background } = await asked
    if (background !== undefined) store.dispatch({ type: 'theme', theme: background })
  }
  if (look.isAsked) app.start(matchBackground())
  app.start(begin().finally(show))
  await left
  // Before the link is closed, which ends what is followed.
  const { session: last = session, turn } = store.state
  leaving.abort()
  for (const part of [frames, link, clock, gateway]) part.close()
  transcript.dispose()
  await tty.close()
  return { session: last, isAnswering: turn !== undefined }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, patienceMs).unref())
}

/** The daemon, as the header names it. */
function whereOf({ url }: ClientConfig): string {
  return url === undefined ? 'local' : url.replace(/^https?:\/\//, '')
}
