import type { ColourLevel, Theme } from '../../cli/text/theme.js'
import type { App } from '../../cli/tui/app.js'
import { editorOf } from '../../cli/tui/composer/editor.js'
import { createApp } from '../../cli/tui/create-app.js'
import { notice } from '../../cli/tui/effects/deps.js'
import { createKeys } from '../../cli/tui/keys/keys.js'
import type { Link } from '../../cli/tui/state/link.js'
import { emptyComposer, initialState, type Size } from '../../cli/tui/state/state.js'
import { createStore } from '../../cli/tui/state/store.js'
import { createInputParser } from '../../cli/tui/terminal/input.js'
import { createTyping } from '../../cli/tui/terminal/typing.js'
import type { MessageEntry } from '../../cli/tui/transcript/entry.js'
import { createTranscript, type Transcript } from '../../cli/tui/transcript/transcript.js'
import { createPainter, themeOf } from '../../cli/tui/view/paint.js'
import type { Message } from '../../shared/contract/message.js'
import type { Model } from '../../shared/contract/model.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Role } from '../../shared/contract/role.js'
import type { Session } from '../../shared/contract/session.js'
import { watchedPanes } from './hostile-panes.js'

/** A moment of 2026, ms since the epoch. */
export const moment = Date.UTC(2026, 4, 1, 12)
export const time = new Date(moment).toISOString()

export interface Look {
  readonly level: ColourLevel
  readonly background: 'dark' | 'light'
  readonly ascii: boolean
}

/** The whole view as the chat has it, with nobody at the other end, on watched terminals. */
export interface Stage {
  readonly app: App
  readonly transcript: Transcript
  /** A size and colours for what comes. */
  dress(size: Size, look: Look): void
  /** Bytes of a terminal. */
  input(bytes: Buffer): void
  /** Paints what there is now. What is wrong with it, in words, and what stands around the texts. */
  frame(): Promise<{ wrong: string | undefined; chrome: Readonly<Record<string, string>> }>
  close(): void
}

export async function openStage(): Promise<Stage> {
  const size = { columns: 80, rows: 24 }
  const panes = await watchedPanes(size.columns, size.rows)
  let theme: Theme = themeOf('truecolor', 'dark', false)
  const store = createStore(initialState({ size, theme: 'dark', mouse: true }), () => undefined)
  const now = (): number => moment
  const transcript = createTranscript({
    ...{ width: 80, height: 24, theme, now, reasoningKey: 'F5' },
    onChange: () => undefined,
  })
  const deps = { store, link: noLink, transcript, redraw: () => undefined, now }
  const painter = createPainter(panes.screen, transcript, 'local')
  const app = createApp(deps, {
    history: { load: async () => [], append: async () => undefined },
    layout: () => painter.layout,
    run: () => undefined,
    setTheme: () => undefined,
    setMouse: () => undefined,
    copy: async () => ({ unsure: false }),
    quit: () => undefined,
  })
  const typing = createTyping(createKeys(app))
  const parser = createInputParser(typing.add)

  return {
    app,
    transcript,
    dress(next, { level, background, ascii }) {
      theme = themeOf(level, background, ascii)
      transcript.setTheme(theme)
      panes.resize(next.columns, next.rows)
      store.dispatch({ type: 'theme', theme: background })
      store.dispatch({ type: 'resized', size: next })
    },
    input(chunk) {
      parser.push(chunk)
      typing.flush()
    },
    async frame() {
      painter.paint({ state: store.state, suggestions: app.suggestions, theme, now: moment })
      const { layout } = painter
      const wrong = await panes.frame(layout, theme.glyphs.quoteBar)
      return { wrong, chrome: panes.chrome() }
    },
    close() {
      transcript.dispose()
      panes.dispose()
    },
  }
}

const noDaemon = (): Promise<never> => Promise.reject(new ProblemError('forbidden', 'nobody'))
const nothing = (): void => undefined
const noLink: Link = {
  ...{ client: noDaemon, once: noDaemon, untilDone: noDaemon, online: noDaemon },
  ...{ lost: nothing, back: nothing, retryNow: nothing, renew: nothing, close: nothing },
}

export function sessionOf(id: string, settings: Partial<Session>): Session {
  return {
    ...{ id, title: '', model: null, role_id: null, plan: null, params: {}, live_turn_id: null },
    ...{ created_at: time, updated_at: time },
    ...settings,
  }
}

export function roleOf(id: string, name: string, instructions: string): Role {
  return { id, name, instructions, params: {}, revision: 1, created_at: time, updated_at: time }
}

export function modelOf(id: string, provider: string | null): Model {
  return {
    ...{ id, litellm_provider: provider, mode: 'chat', context_window: 128_000, max_output: null },
    ...{ prices: { input: 2.5, output: null }, vision: null, tools: null, reasoning: null },
    deployments: 1,
  }
}

export function entryOf(message: Partial<Message>, more: Partial<MessageEntry> = {}): MessageEntry {
  return {
    kind: 'message',
    message: {
      ...{ id: 'm', role: 'assistant', kind: 'chat', content: '', status: 'complete', seq: 1 },
      ...{ model: null, created_at: time, timestamp: time },
      ...message,
    },
    ...more,
  }
}

/** Says it as the chat does. */
export function say(stage: Stage, text: string, tone: 'info' | 'warn' | 'error'): void {
  notice({ ...stage.app, redraw: nothing }, text, tone)
}

export function write(stage: Stage, text: string): void {
  stage.app.dispatch({
    type: 'composed',
    composer: { ...emptyComposer, editor: editorOf(text) },
  })
}
