import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type Performance, play, playWhole } from './play.js'
import { createGate, createRecorder, type RecordedRequest } from './record.js'
import { findScript, type Script, scripts } from './script-table.js'
import { failure } from './steps.js'

export interface UpstreamOptions {
  /** Default 0: any free port. */
  port?: number
  /** Behave as a LiteLLM proxy: its health routes, catalogue, headers and late heads. */
  litellm?: boolean
  /** When set, every call but the health routes must bring it. */
  key?: string
  /** Ids (or whole rows) of `/v1/models`. Default: every script. */
  models?: readonly (string | Record<string, unknown>)[]
  /** The whole body of `/v1/model/info` (litellm mode). Default: one chat row per model. */
  modelInfo?: unknown
  /** More scripts, by model. They win over the table's. */
  scripts?: Readonly<Record<string, Script>>
}

export interface Upstream {
  /** Without `/v1`. */
  readonly url: string
  readonly port: number
  /** Everything that was asked, in order. */
  readonly requests: readonly RecordedRequest[]
  /** How many completions a model had. */
  hits(model: string): number
  /** The n-th completion of a model (1 is the first), as soon as it has arrived. */
  waitFor(model: string, n?: number): Promise<RecordedRequest>
  /** Changes what the server is from here on: other models, another key. */
  configure(options: Omit<UpstreamOptions, 'port'>): void
  /** Cuts all connections and frees the port. */
  close(): Promise<void>
}

const version = '1.106.2'

const closings = new WeakMap<Socket, Promise<number>>()

/** When a socket is gone, by `performance.now()`. A kept one has many requests, and gathers no listeners. */
function closing(socket: Socket): Promise<number> {
  const known = closings.get(socket)
  if (known) return known
  const closed = new Promise<number>((resolve) => {
    socket.once('close', () => resolve(performance.now()))
  })
  closings.set(socket, closed)
  return closed
}

/** Starts a scripted OpenAI-compatible server on loopback. What a call does is told by its model (`script-table.ts`). */
export async function startUpstream(initial: UpstreamOptions = {}): Promise<Upstream> {
  let options = initial
  const recorder = createRecorder()

  const json = (res: ServerResponse, status: number, body: unknown): void => {
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  const refuse = (res: ServerResponse): void => {
    const message = 'Authentication Error, Invalid proxy server token passed.'
    json(res, 401, { error: { message, type: 'auth_error', param: 'None', code: '401' } })
  }

  const modelRows = (): Record<string, unknown>[] =>
    (options.models ?? Object.keys({ ...scripts, ...options.scripts })).map((model) =>
      typeof model === 'string'
        ? { id: model, object: 'model', created: 1_677_610_602, owned_by: 'openai' }
        : model,
    )

  const infoRow = (row: Record<string, unknown>): object => ({
    model_name: row['id'],
    litellm_params: { model: `openai/${row['id']}`, api_base: 'http://secret.internal/v1' },
    model_info: { id: randomUUID(), mode: 'chat', litellm_provider: 'openai' },
  })

  const complete = (
    request: RecordedRequest,
    res: ServerResponse,
    gate: ReturnType<typeof createGate>,
  ) => {
    const { body, model } = request
    const found = findScript(model, options.scripts)
    const messages = Array.isArray(body['messages']) ? body['messages'] : []
    const said: unknown = messages.findLast((one) => one?.role === 'user')?.content
    const prompt = {
      text: typeof said === 'string' ? said : JSON.stringify(said ?? ''),
      body,
      earlier: recorder.hits(model) - 1,
      groups: found?.groups ?? [],
    }
    const unknown = failure(404, `The model '${model}' does not exist`, { code: 'model_not_found' })
    const wanted = body['stream_options'] as { include_usage?: boolean } | undefined
    const performance: Performance = {
      script: found?.script ?? { steps: () => [unknown] },
      steps: found ? found.script.steps(prompt) : [unknown],
      model,
      includeUsage: wanted?.include_usage === true,
      withholdHead: options.litellm === true,
      headers: options.litellm
        ? {
            'x-litellm-call-id': String(request.headers['x-litellm-call-id'] ?? randomUUID()),
            'x-litellm-model-id': model,
            'x-litellm-version': version,
          }
        : {},
      gate,
    }
    if (body['stream'] === true) return play(res, performance)
    return playWhole(res, performance)
  }

  const gets: Readonly<Record<string, (res: ServerResponse) => void>> = {
    '/v1/models': (res) => json(res, 200, { object: 'list', data: modelRows() }),
  }
  const litellmGets: typeof gets = {
    '/v1/model/info': (res) =>
      json(res, 200, options.modelInfo ?? { data: modelRows().map(infoRow) }),
    '/health/readiness': (res) => json(res, 200, { status: 'healthy', db: 'Not connected' }),
    '/health/readiness/details': (res) =>
      json(res, 200, { status: 'healthy', db: 'Not connected', litellm_version: version }),
  }

  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk)
    const path = new URL(req.url ?? '/', 'http://localhost').pathname.replace(
      /^\/(?!v1\/)(?=models$|chat\/|model\/)/,
      '/v1/',
    )
    const isChat = req.method === 'POST' && path === '/v1/chat/completions'
    const body: Record<string, unknown> = isChat ? JSON.parse(Buffer.concat(chunks).toString()) : {}
    const gate = createGate()
    const request: RecordedRequest = {
      method: req.method ?? '',
      path,
      headers: req.headers,
      body,
      model: isChat ? String(body['model']) : '',
      outcome: undefined,
      ended: new Promise((resolve) => {
        res.once('close', () => {
          request.outcome = res.writableFinished ? 'finished' : 'aborted'
          resolve(request.outcome)
        })
      }),
      closed: closing(req.socket),
      release: (text) => gate.put(text),
      finish: () => gate.put(null),
    }
    recorder.add(request)
    if (options.litellm && path === '/health/liveliness') return json(res, 200, "I'm alive!")
    if (options.key && req.headers.authorization !== `Bearer ${options.key}`) return refuse(res)
    if (isChat) return complete(request, res, gate)
    const route = gets[path] ?? (options.litellm ? litellmGets[path] : undefined)
    if (req.method === 'GET' && route) return route(res)
    json(res, 404, { detail: 'Not Found' })
  }

  const server = createServer((req, res) => {
    handle(req, res).catch(() => res.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests: recorder.requests,
    hits: recorder.hits,
    waitFor: recorder.waitFor,
    configure(next) {
      options = { ...options, ...next }
    },
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      return closed
    },
  }
}
