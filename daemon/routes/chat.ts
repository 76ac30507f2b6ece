import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import type { RetryBody, Turn } from '../../shared/contract/chat.js'
import {
  chatStream,
  eventId,
  getTurn,
  retrySession,
  sessionStream,
  stopSession,
  turnStream,
} from '../../shared/contract/chat.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { sizeProblem } from '../../shared/limits.js'
import type { AppEnv } from '../http/env.js'
import { streamTurn } from '../http/stream-turn.js'
import type { Attached } from '../turns/attach.js'
import type { Asked } from '../turns/choose.js'
import { resolveRole } from './resolve-role.js'
import type { Routes } from './services.js'
import { liftRole, ownWords } from './web-client.js'

const unknownTurn = (): ProblemError => new ProblemError('not_found', 'no turn with this id')

/** Throws ProblemError `invalid_request` or `payload_too_large`. */
function checkMessage(message: string): void {
  if (message.trim() === '') throw new ProblemError('invalid_request', 'message: must not be empty')
  const problem = sizeProblem(message)
  if (problem !== undefined) throw new ProblemError('payload_too_large', problem)
}

function requestHash(path: string, body: object): Buffer {
  return createHash('sha256')
    .update(`${path}\n${JSON.stringify(body)}`)
    .digest()
}

/** `<turn>:<n>` or `<n>`. Throws ProblemError `invalid_request`. */
function parseCursor(cursor: string | undefined): { turnId?: string; after: number } {
  if (cursor === undefined || cursor === '') return { after: 0 }
  const parsed = eventId.exec(cursor)
  if (parsed === null) throw new ProblemError('invalid_request', 'after: not an event id')
  const after = Number(parsed[2])
  return parsed[1] === undefined ? { after } : { turnId: parsed[1], after }
}

/** A browser that reconnects sends the header with the same URL as before: the header is newer. */
function cursorOf(
  headers: { 'last-event-id'?: string | undefined },
  query: { after?: string | undefined },
) {
  return parseCursor(headers['last-event-id'] || query.after)
}

export const chatRoutes: Routes = (app, services) => {
  const { roles, sessions, turns, turnStore } = services
  const options = {
    ...services.sse,
    watch: services.watch,
    live: (change: 1 | -1) => services.metrics.meters.stream('turn', change),
    headPatienceMs: services.headPatienceMs,
    starts: false,
    onError: (error: Error, where: { requestId: string; turn: string }) =>
      services.log.warn({ ...where, error: error.message }, 'a stream broke off'),
  }

  const start = async (
    c: Context<AppEnv>,
    request: Pick<Asked, 'message' | 'liftedRole' | 'titleFrom'> & {
      sessionId: string
      key: string | undefined
      /** As it came, and what of it there is beside the message. */
      body: object
      settings: Omit<RetryBody, 'turn_id'>
    },
  ): Promise<Response> => {
    const { owner } = c.get('identity')
    const { sessionId, key, body, message, liftedRole, titleFrom } = request
    const { model, plan, role, role_id, max_cost: maxCost, ...params } = request.settings
    const idempotency = key === undefined ? undefined : { key, hash: requestHash(c.req.path, body) }
    const begin = async (): Promise<Attached> => {
      const roleId = liftedRole ? undefined : await resolveRole(roles, { role, role_id })
      return turns.start({
        owner,
        sessionId,
        asked: { message, model, plan, roleId, liftedRole, titleFrom },
        params,
        maxCost,
        idempotency,
      })
    }
    // Whatever stands in the way now, the same request may have started its turn before.
    const attached = await begin().catch(async (error: unknown) => {
      const known = await turns.findStarted(owner, idempotency)
      if (known === undefined) throw error
      return known
    })
    return streamTurn(c, attached, { ...options, starts: true })
  }

  app.openapi(chatStream, async (c) => {
    const body = c.req.valid('json')
    const { message, ...settings } = body
    const { text, role } = await liftRole(roles, message)
    checkMessage(text)
    const key = c.req.valid('header')['idempotency-key']
    const { id: sessionId } = c.req.valid('param')
    return start(c, {
      ...{ sessionId, key, body, settings, message: text },
      ...{ liftedRole: role, titleFrom: ownWords(text) },
    })
  })

  app.openapi(retrySession, async (c) => {
    const body = c.req.valid('json') ?? {}
    const { turn_id: turnId, ...settings } = body
    const key = c.req.valid('header')['idempotency-key']
    const { id: sessionId } = c.req.valid('param')
    return start(c, { sessionId, key, body, settings, message: { turnId } })
  })

  app.openapi(sessionStream, async (c) => {
    const { owner } = c.get('identity')
    const { id } = c.req.valid('param')
    const cursor = cursorOf(c.req.valid('header'), c.req.valid('query'))
    const session = await sessions.get(owner, id)
    if (session === undefined) throw new ProblemError('not_found', 'no session with this id')
    const turn = await findTurn(owner, id, cursor.turnId)
    if (turn === undefined) return c.body(null, 204)
    // A bare number, or another turn's id that is gone, counts from this turn's start.
    const after = cursor.turnId === undefined || cursor.turnId === turn.id ? cursor.after : 0
    return streamTurn(c, await turns.attach(turn, after), options)
  })

  const findTurn = async (
    owner: string,
    sessionId: string,
    turnId: string | undefined,
  ): Promise<Turn | undefined> => {
    const named = turnId === undefined ? undefined : await turnStore.get(owner, turnId)
    return named?.session_id === sessionId ? named : turnStore.current(owner, sessionId)
  }

  app.openapi(turnStream, async (c) => {
    const turn = await turnStore.get(c.get('identity').owner, c.req.valid('param').id)
    if (turn === undefined) throw unknownTurn()
    const cursor = cursorOf(c.req.valid('header'), c.req.valid('query'))
    if (cursor.turnId !== undefined && cursor.turnId !== turn.id) {
      throw new ProblemError('invalid_request', 'after: an event of another turn')
    }
    return streamTurn(c, await turns.attach(turn, cursor.after), options)
  })

  app.openapi(getTurn, async (c) => {
    const turn = await turnStore.get(c.get('identity').owner, c.req.valid('param').id)
    if (turn === undefined) throw unknownTurn()
    return c.json(turn, 200)
  })

  app.openapi(stopSession, async (c) => {
    return c.json(await turns.stop(c.get('identity').owner, c.req.valid('param').id), 200)
  })
}
