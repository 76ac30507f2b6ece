import type { Catalogue } from '../../../shared/contract/model.js'
import type { Role } from '../../../shared/contract/role.js'
import type { Session } from '../../../shared/contract/session.js'
import type { SlashChat } from './command.js'
import { slashCommands } from './registry.js'

const time = '2026-01-01T00:00:00.000Z'

export function catalogueOf(
  models: Readonly<Record<string, string | null>>,
  source: Catalogue['source'] = 'model_info',
): Catalogue {
  const data = Object.entries(models).map(([id, litellm_provider]) => ({
    id,
    litellm_provider,
    mode: 'chat',
    context_window: null,
    max_output: null,
    prices: { input: null, output: null },
    vision: null,
    tools: null,
    reasoning: null,
    deployments: 1,
  }))
  return { data, stale: false, source, fetched_at: time }
}

export function roleOf(id: string, name: string, instructions = 'Be brief.'): Role {
  return { id, name, instructions, params: {}, revision: 1, created_at: time, updated_at: time }
}

export function sessionOf(settings: Partial<Session> = {}): Session {
  return {
    id: 's1',
    title: 'New Chat',
    model: null,
    role_id: null,
    plan: null,
    params: {},
    live_turn_id: null,
    created_at: time,
    updated_at: time,
    ...settings,
  }
}

/** What a command did to the chat, in order. */
export type Did = readonly [what: string, ...details: unknown[]]

type Facts = Pick<SlashChat, 'session' | 'roles' | 'catalogue' | 'theme' | 'mouse' | 'lastAnswer'>

/** A chat that keeps what its commands do to it, and whose reads follow. */
export function recordingChat(facts: Partial<Facts> = {}): SlashChat & { readonly did: Did[] } {
  const did: Did[] = []
  const chat = {
    did,
    roles: [],
    catalogue: undefined,
    commands: slashCommands,
    session: sessionOf(),
    theme: 'dark' as SlashChat['theme'],
    mouse: true,
    lastAnswer: async (): Promise<string | undefined> => undefined,
    ...facts,
    notice(text: string, tone = 'info') {
      did.push(['notice', tone, text])
    },
    async patchSession(patch: Partial<Session>) {
      did.push(['patch', patch])
      chat.session = { ...chat.session, ...patch }
    },
    async copy(text: string) {
      did.push(['copy', text])
      return { unsure: true }
    },
    async readCost() {
      return { usage: undefined, spend: undefined }
    },
    async newSession() {
      did.push(['new session'])
    },
    open(overlay: string) {
      did.push(['open', overlay])
    },
    search(text: string | undefined) {
      did.push(['search', text])
    },
    setTheme(theme: SlashChat['theme']) {
      did.push(['theme', theme])
      chat.theme = theme
    },
    setMouse(on: boolean) {
      did.push(['mouse', on])
      chat.mouse = on
    },
    retry() {
      did.push(['retry'])
    },
    async fork(number: number | undefined) {
      did.push(['fork', number])
    },
    async edit(number: number) {
      did.push(['edit', number])
    },
    async stop() {
      did.push(['stop'])
    },
    quit() {
      did.push(['quit'])
    },
  }
  return chat as typeof chat & SlashChat
}
