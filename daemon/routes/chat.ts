import { createHash } from 'node:crypto'
import type { ChatBody, Turn } from '../../shared/contract/chat.js'
import {
  chatStream,
  eventId,
  getTurn,
  sessionStream,
  stopSession,
  turnStream,
} from '../../shared/contract/chat.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { maxMessageBytes } from '../../shared/limits.js'
import type { ChatParams } from '../gateway/types.js'
import { streamTurn } from '../http/stream-turn.js'
import type { Attached } from '../turns/attach.js'
import { resolveRole } from './resolve-role.js'
import type { Routes } from './services.js'
import { liftRole } from './web-client.js'

const unknownTurn = (): ProblemError => new ProblemError('not_found', 'no turn with this id')

/** Throws ProblemError `invalid_request` or `payload_too_large`. */
function checkMessage(message: string): void {
  if (message.trim() === '') throw new ProblemError('invalid_request', 'message: must not be empty')
  // Three bytes a UTF-16 unit is the most there can be; count only when it may matter.
  if (message.length * 3 <= maxMessageBytes) return
  const bytes = Buffer.byteLength(message)
  if (bytes <= maxMessageBytes) return
  throw new ProblemError(
    'payload_too_large',
    `the message has ${bytes} bytes; at most ${maxMessageBytes} (4 MiB) are taken`,
  )
}

function requestHash(path: string, body: ChatBody): Buffer {
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
    heartbeatMs: services.heartbeatMs,
    headPatienceMs: services.headPatienceMs,
    starts: false,
    onError: (error: Error) => services.log.warn({ error: error.message }, 'a stream broke off'),
  }

  app.openapi(chatStream, async (c) => {
    const { owner } = c.get('identity')
    const sessionId = c.req.valid('param').id
    const body = c.req.valid('json')
    const { message, model, plan, role, role_id, ...rest } = body
    const lifted = await liftRole(roles, message)
    checkMessage(lifted.text)
    const key = c.req.valid('header')['idempotency-key']
    const idempotency = key === undefined ? undefined : { key, hash: requestHash(c.req.path, body) }
    const start = async (): Promise<Attached> =>
      turns.start({
        owner,
        sessionId,
        asked: {
          message: lifted.text,
          model,
          plan,
          roleId: lifted.role ? undefined : await resolveRole(roles, { role, role_id }),
          liftedRole: lifted.role,
        },
        params: definedOnly(rest),
        idempotency,
      })
    // Whatever stands in the way now, the same request may have started its turn before.
    const attached = await start().catch(async (error: unknown) => {
      const known = await turns.findStarted(owner, idempotency)
      if (known === undefined) throw error
      return known
    })
    return streamTurn(c, attached, { ...options, starts: true })
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

/** exactOptionalPropertyTypes: zod's optional fields may be present and undefined. */
function definedOnly(
  params: { [Key in keyof ChatParams]: ChatParams[Key] | undefined },
): ChatParams {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined))
}
