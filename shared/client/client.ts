import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { ImportSummary } from '../contract/backup.js'
import type { ChatBody, RetryBody, Stopped, Turn } from '../contract/chat.js'
import type { TurnEvent } from '../contract/event.js'
import type { Health, Ready } from '../contract/health.js'
import type { Hint } from '../contract/hint.js'
import type { Message } from '../contract/message.js'
import type { Catalogue } from '../contract/model.js'
import type { AppliedRoles, NewRole, Role, RolePatch, RolesToApply } from '../contract/role.js'
import type { SearchHit, SearchQuery } from '../contract/search.js'
import type { ForkWanted, NewSession, Session, SessionPatch } from '../contract/session.js'
import type { Spend } from '../contract/spend.js'
import type { MadeToken, NewToken, Token } from '../contract/token.js'
import { readHints } from './hint-stream.js'
import { createTransport, type Page, type TransportOptions } from './transport.js'
import { readTurnStream } from './turn-stream.js'

export interface StreamOptions {
  signal?: AbortSignal | undefined
  /** The daemon waits for its database, and the answer with it; or it does not any more. */
  onStall?: ((stalled: boolean) => void) | undefined
}

export interface ChatOptions extends StreamOptions {
  /** Makes a repeated post attach instead of asking twice. */
  idempotencyKey: string
}

/** A session may have hundreds of thousands of messages, ms. */
const deleteSilenceMs = 660_000
/** An import stores a session at once, however large it is, ms. */
const importSilenceMs = 660_000

/** Everything of one's own, unless named otherwise. */
export interface ExportWanted {
  sessions?: readonly string[] | undefined
  /** Everybody's. */
  all?: boolean | undefined
  gzip?: boolean | undefined
}

/** What to search for; a page is 20 hits unless it says otherwise. */
export type SearchWanted = Partial<SearchQuery> & Pick<SearchQuery, 'q'>

export type Client = ReturnType<typeof createClient>

/**
 * One method for each thing the daemon can do. Every method throws ProblemError: the daemon's own,
 * or `daemon_unreachable`.
 */
export function createClient(options: TransportOptions) {
  const { json, page, ok, events, close } = createTransport(options)
  const start = async (path: string, body: unknown, options: ChatOptions) => {
    const { idempotencyKey, signal, onStall } = options
    const headers = { 'idempotency-key': idempotencyKey }
    return readTurnStream(await events('POST', path, { body, signal, headers }), undefined, onStall)
  }
  return {
    close,
    health: () => json<Health>('GET', '/api/health'),
    /** Also when it is not ready, which is no error. */
    ready: () => json<Ready>('GET', '/api/ready', { alsoFine: 503 }),
    /** With `ifIdle` throws `session_busy` while a turn is live. */
    stopDaemon: async ({ ifIdle }: { ifIdle: boolean }): Promise<void> => {
      await json('POST', `/api/daemon/stop${ifIdle ? '?if_idle=1' : ''}`)
    },

    listModels: (refresh = false) =>
      json<Catalogue>('GET', `/api/models${refresh ? '?refresh=1' : ''}`),

    listSessions: (limit?: number) =>
      json<Session[]>('GET', `/api/sessions${limit === undefined ? '' : `?limit=${limit}`}`),
    createSession: (body: NewSession) => json<Session>('POST', '/api/sessions', { body }),
    getSession: (id: string) => json<Session>('GET', `/api/sessions/${id}`),
    patchSession: (id: string, body: SessionPatch) =>
      json<Session>('PATCH', `/api/sessions/${id}`, { body }),
    /** A new session of what this one shows. */
    forkSession: (id: string, body: ForkWanted = {}) =>
      json<Session>('POST', `/api/sessions/${id}/fork`, { body, silenceMs: deleteSilenceMs }),
    deleteSession: async (id: string): Promise<void> => {
      ;(await ok('DELETE', `/api/sessions/${id}`, { silenceMs: deleteSilenceMs })).resume()
    },
    /** All of them, over as many pages as the daemon makes; ascending. */
    async listMessages(sessionId: string): Promise<Message[]> {
      const path = `/api/sessions/${sessionId}/messages`
      let { items, older }: Page<Message> = await page(path)
      const pages = [items]
      while (older !== undefined) {
        ;({ items, older } = await page<Message>(`${path}?cursor=${encodeURIComponent(older)}`))
        pages.push(items)
      }
      return pages.reverse().flat()
    },
    /** The newest messages, or with `before` (a page's `older`) those before them; ascending. */
    pageMessages: (sessionId: string, limit: number, before?: string): Promise<Page<Message>> => {
      const cursor = before === undefined ? '' : `&cursor=${encodeURIComponent(before)}`
      return page<Message>(`/api/sessions/${sessionId}/messages?limit=${limit}${cursor}`)
    },

    /** The newest messages with the answers that were replaced; ascending. */
    pageVariants: async (sessionId: string, limit: number): Promise<Message[]> =>
      (await page<Message>(`/api/sessions/${sessionId}/messages?limit=${limit}&variants=1`)).items,

    /** One page of what was found; `older` is the cursor of the next. */
    search: (wanted: SearchWanted): Promise<Page<SearchHit>> => {
      const given = Object.entries(wanted).filter(([, value]) => value !== undefined)
      const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]))
      return page<SearchHit>(`/api/search?${query}`)
    },

    /** The file as it comes; it is whole when its last line is there and says so. */
    exportBackup: (wanted: ExportWanted): Promise<IncomingMessage> => {
      const query = new URLSearchParams(wanted.sessions?.map((id) => ['session', id]))
      if (wanted.all) query.set('all', '1')
      const headers = { 'accept-encoding': wanted.gzip ? 'gzip' : 'identity' }
      return ok('GET', `/api/export?${query}`, { headers })
    },
    /** Of a daemon that runs: it is not started for it. */
    importBackup: (stream: Readable) =>
      json<ImportSummary>('POST', '/api/import', {
        stream,
        headers: { 'content-type': 'application/x-ndjson' },
        silenceMs: importSilenceMs,
      }),

    listRoles: () => json<Role[]>('GET', '/api/roles'),
    createRole: (body: NewRole) => json<Role>('POST', '/api/roles', { body }),
    putRole: (id: string, body: RolePatch) => json<Role>('PUT', `/api/roles/${id}`, { body }),
    /** Makes the roles what is given, all or none. */
    applyRoles: (body: RolesToApply) => json<AppliedRoles>('POST', '/api/roles/apply', { body }),
    deleteRole: async (id: string): Promise<void> => {
      ;(await ok('DELETE', `/api/roles/${id}`)).resume()
    },

    listTokens: () => json<Token[]>('GET', '/api/tokens'),
    createToken: (body: NewToken) => json<MadeToken>('POST', '/api/tokens', { body }),
    revokeToken: async (id: string): Promise<void> => {
      ;(await ok('DELETE', `/api/tokens/${id}`)).resume()
    },

    /** What was spent today, and the budgets. */
    spend: () => json<Spend>('GET', '/api/spend'),

    getTurn: (id: string) => json<Turn>('GET', `/api/turns/${id}`),
    stopSession: (id: string) => json<Stopped>('POST', `/api/sessions/${id}/stop`),

    /** Starts a turn and streams it. Closing the stream does not stop the turn. */
    chat: (sessionId: string, body: ChatBody, options: ChatOptions) =>
      start(`/api/sessions/${sessionId}/chat/stream`, body, options),
    /** Answers the session's last message again, in the same way. */
    retry: (sessionId: string, body: RetryBody, options: ChatOptions) =>
      start(`/api/sessions/${sessionId}/retry`, body, options),

    /** Follows a turn from after the event `after` on. */
    async attach(
      turnId: string,
      after: string | undefined,
      { signal, onStall }: StreamOptions = {},
    ): Promise<AsyncGenerator<TurnEvent[]>> {
      const query = after === undefined ? '' : `?after=${after}`
      const path = `/api/turns/${turnId}/stream${query}`
      return readTurnStream(await events('GET', path, { signal }), after, onStall)
    },

    /** What changes from now on, by whomever; the first hint is a `reset`. */
    async events(signal: AbortSignal): Promise<AsyncGenerator<Hint[]>> {
      return readHints(await events('GET', '/api/events', { signal }))
    },
  }
}
