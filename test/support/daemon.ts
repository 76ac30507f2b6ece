import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { onTestFinished, TestRunner } from 'vitest'
import { compose } from '../../daemon/compose.js'
import { openPools } from '../../daemon/database.js'
import { createGateway } from '../../daemon/gateway/gateway.js'
import { createHttp } from '../../daemon/gateway/http.js'
import type { Pace } from '../../daemon/http/pace.js'
import { listen } from '../../daemon/listen.js'
import type { App } from '../../daemon/routes/services.js'
import { Secret } from '../../daemon/secret.js'
import type { TurnService } from '../../daemon/turns/service.js'
import { type Client, createClient } from '../../shared/client/client.js'
import type { TurnEvent } from '../../shared/contract/event.js'
import type { Upstream } from '../fakes/upstream/upstream.js'
import { recordingLog } from './recording-log.js'

export interface TestDaemonOptions {
  database: { connection: pg.ClientConfig }
  upstream: Pick<Upstream, 'url'>
  instance?: string
  model?: string
  budget?: { session?: number; day?: number }
  origins?: string[]
  hosts?: string[]
  adminToken?: string
  metricsToken?: string
  limits?: { requestsPerMinute?: number; streams?: number }
  time?: Partial<typeof quick>
  headPatienceMs?: number
  /** Slack's commands, and where replies to it may go. */
  slack?: { secret: string; mayPost?: (url: string) => boolean; now?: () => number }
  pollMs?: number
  /** How often the gateway is looked at while somebody listens for changes, ms. */
  lookMs?: number
  /** Between the packets for the original web client, ms. Default 0: for tests that count bytes, not losses. */
  gapMs?: number
  backupPace?: Pace
}

/** As in production, but ten and more times shorter where a test waits for it. */
const quick = {
  leaseMs: 15_000,
  sweepMs: 300,
  heartbeatMs: 15_000,
  stalledMs: 30_000,
  drainMs: 100,
  databasePatienceMs: 10_000,
  connectTimeoutMs: 2_000,
  catalogueTimeoutMs: 5_000,
  firstTokenTimeoutMs: 10_000,
  tokenIdleTimeoutMs: 10_000,
  totalTimeoutMs: 30_000,
}

export interface TestDaemon {
  /** Over the unix socket. */
  readonly client: Client
  readonly socketPath: string
  /** Of the TCP door. */
  readonly port: number
  readonly token: string
  readonly turns: TurnService
  readonly app: App
  /** What it logged, as JSON. */
  readonly logged: readonly string[]
  /** Those lines of it that are errors. */
  readonly errors: readonly string[]
  /** How often somebody asked it to stop. */
  readonly stopAsked: () => number
  drain(graceMs?: number): Promise<void>
  /** Drains and closes. Happens by itself after a test. */
  stop(): Promise<void>
}

/** The daemon's own parts in this process, on a real socket and a real port. Outside of a test the caller stops it. */
export async function startDaemon(options: TestDaemonOptions): Promise<TestDaemon> {
  const { connection } = options.database
  const time = { ...quick, ...options.time }
  const log = recordingLog()
  const pools = openPools({ ...connection }, log)
  const token = `c2a_test_${randomUUID().replaceAll('-', '')}`
  let stopAsked = 0
  const timeouts = {
    connectMs: time.connectTimeoutMs,
    catalogueMs: time.catalogueTimeoutMs,
    firstTokenMs: time.firstTokenTimeoutMs,
    tokenIdleMs: time.tokenIdleTimeoutMs,
    totalMs: time.totalTimeoutMs,
  }
  const parts = compose({
    config: {
      ...(options.model !== undefined && { model: options.model }),
      ...(options.adminToken !== undefined && { adminToken: new Secret(options.adminToken) }),
      ...(options.metricsToken !== undefined && {
        metricsToken: new Secret(options.metricsToken),
      }),
      budget: options.budget ?? {},
      time,
      limits: { requestsPerMinute: 100_000, streams: 1_000, ...options.limits },
      allowedHosts: options.hosts ?? [],
      allowedOrigins: options.origins ?? [],
    },
    database: { ...pools, managed: false },
    gateway: createGateway({
      url: options.upstream.url,
      log,
      retryBaseMs: 1,
      timeouts,
    }),
    token: new Secret(token),
    instance: options.instance ?? randomUUID(),
    log,
    onShutDown: () => {
      stopAsked += 1
    },
    ...(options.slack !== undefined && {
      slack: {
        ...options.slack,
        secret: new Secret(options.slack.secret),
        http: createHttp(timeouts),
        retryBaseMs: 1,
      },
    }),
    ...(options.headPatienceMs !== undefined && { headPatienceMs: options.headPatienceMs }),
    ...(options.pollMs !== undefined && { pollMs: options.pollMs }),
    ...(options.lookMs !== undefined && { lookMs: options.lookMs }),
    gapMs: options.gapMs ?? 0,
    ...(options.backupPace !== undefined && { backupPace: options.backupPace }),
  })
  await parts.start()
  const directory = mkdtempSync(join(tmpdir(), 'c2a-daemon-'))
  const socketPath = join(directory, 'c2a.sock')
  const server = await listen({
    app: parts.app,
    socketPath,
    tcp: { host: '127.0.0.1', port: 0 },
    behindTlsProxy: false,
    onActivity: () => undefined,
  })
  const client = createClient({ target: { socketPath }, token })
  const stop = async (): Promise<void> => {
    client.close()
    await parts.drain(0)
    await server.close(0)
    await parts.close()
    await pools.close()
    rmSync(directory, { recursive: true, force: true })
  }
  let stopped: Promise<void> | undefined
  const stopOnce = (): Promise<void> => {
    stopped ??= stop()
    return stopped
  }
  if (TestRunner.getCurrentTest() !== undefined) onTestFinished(stopOnce)
  return {
    client,
    socketPath,
    port: Number(server.address?.split(':').at(-1)),
    token,
    turns: parts.turns,
    app: parts.app,
    logged: log.lines,
    errors: log.errors,
    stopAsked: () => stopAsked,
    drain: (graceMs = time.drainMs) => parts.drain(graceMs),
    stop: stopOnce,
  }
}

export interface RawRequest {
  method?: string
  headers?: Record<string, string | string[]>
  /** Sent as JSON unless it is a string or bytes. */
  body?: unknown
  /** Default: the daemon's own. */
  token?: string | null
  via?: 'unix' | 'tcp'
  signal?: AbortSignal
}

export interface RawResponse {
  status: number
  headers: IncomingMessage['headers']
  text: string
  /** The body as the reads brought it. */
  chunks: Buffer[]
}

/** The response as soon as its head is there. */
export function open(daemon: TestDaemon, path: string, raw: RawRequest): Promise<IncomingMessage> {
  const { method = 'GET', body, via = 'unix', token = daemon.token } = raw
  const bytes =
    typeof body === 'string' || body instanceof Uint8Array || body === undefined
      ? body
      : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      ...(via === 'unix'
        ? { socketPath: daemon.socketPath }
        : { host: '127.0.0.1', port: daemon.port }),
      path,
      method,
      agent: false,
      ...(raw.signal && { signal: raw.signal }),
      headers: {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(bytes !== undefined && {
          'content-type': 'application/json',
          ...(!raw.headers?.['transfer-encoding'] && {
            'content-length': Buffer.byteLength(bytes),
          }),
        }),
        ...raw.headers,
      },
    })
    request.on('response', resolve)
    request.on('error', reject)
    request.end(bytes)
  })
}

/** The whole response, byte for byte. */
export async function send(
  daemon: TestDaemon,
  path: string,
  raw: RawRequest = {},
): Promise<RawResponse> {
  const response = await open(daemon, path, raw)
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: Buffer.concat(chunks).toString(),
    chunks,
  }
}

/** Reads a stream to its end. */
export async function collect(stream: AsyncIterable<TurnEvent[]>): Promise<TurnEvent[]> {
  const events: TurnEvent[] = []
  for await (const batch of stream) events.push(...batch)
  return events
}

export const textOf = (events: readonly TurnEvent[]): string =>
  events.map((event) => (event.event === 'delta' ? event.data.text : '')).join('')

/** What a stream brought, in order: many deltas in a row are one `delta`. */
export const namesOf = (events: readonly { event: string }[]): string[] =>
  events.map(({ event }) => event).filter((name, index, all) => name !== all[index - 1])

/** The turn that a stream read from its beginning is of. */
export function turnOf([first]: readonly TurnEvent[]): string {
  if (first?.event !== 'turn.started') throw new Error('a stream begins with its turn')
  return first.data.turn_id
}

/** Asks in a session, new unless one is named, and reads the answer to its end. */
export async function ask(
  { client }: Pick<TestDaemon, 'client'>,
  body: { message?: string } & Omit<Parameters<Client['chat']>[1], 'message'>,
  options: { sessionId?: string; key?: string } = {},
): Promise<{ sessionId: string; events: TurnEvent[]; text: string; last: TurnEvent }> {
  const sessionId = options.sessionId ?? (await client.createSession({})).id
  const stream = await client.chat(
    sessionId,
    { message: 'Hi', ...body },
    { idempotencyKey: options.key ?? randomUUID() },
  )
  const events = await collect(stream)
  const last = events.at(-1)
  if (last === undefined) throw new Error('the stream brought nothing')
  return { sessionId, events, text: textOf(events), last }
}

/** A started turn of model `gate`, live until the test ends it. */
export async function startGated(daemon: TestDaemon, upstream: Upstream, tag: string, body = {}) {
  const model = `gate+${tag}`
  const session = await daemon.client.createSession({})
  const stream = await daemon.client.chat(
    session.id,
    { message: 'Go', model, ...body },
    { idempotencyKey: randomUUID() },
  )
  const call = await upstream.waitFor(model)
  return { session, stream, call, model }
}
