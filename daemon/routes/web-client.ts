import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import {
  createRoute,
  json,
  jsonBody,
  ModelName,
  problemResponses,
  security,
  z,
} from '../../shared/contract/common.js'
import { callParams } from '../../shared/contract/params.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { withoutUnset } from '../../shared/params.js'
import { addressOf, createBuckets, takeFor } from '../http/limits.js'
import { createSseSink } from '../http/sse.js'
import type { RoleStore } from '../store/roles.js'
import type { TurnRole } from '../store/turn-start.js'
import { createTextGate } from '../text-gate.js'
import { done, toFrames } from '../turns/frames.js'
import type { Routes } from './services.js'

/*
 * What only the original's web client needs: its login, its Edit stream (which stores nothing), and
 * the role that it puts in front of a message.
 */

const prefix = /^\[\[ROLE:([^\n]{1,100})\]\]\n/

/**
 * Lifts `[[ROLE:name]]\n<instructions>\n---\n` off a message: it becomes the system message and is
 * never stored. Instructions may hold a `---` line themselves, so the stored role of that name, where
 * it matches, says where they end.
 */
export async function liftRole(
  roles: Pick<RoleStore, 'getByName'>,
  message: string,
): Promise<{ text: string; role?: TurnRole }> {
  const match = prefix.exec(message)
  const name = match?.[1]
  if (match === null || name === undefined) return { text: message }
  const rest = message.slice(match[0].length)
  const separator = '\n---\n'
  const stored = await roles.getByName(name)
  if (stored !== undefined && rest.startsWith(stored.instructions + separator)) {
    return {
      text: rest.slice(stored.instructions.length + separator.length),
      role: { ...stored },
    }
  }
  const end = rest.indexOf(separator)
  if (end === -1) return { text: message }
  return {
    text: rest.slice(end + separator.length),
    role: { id: null, name, instructions: rest.slice(0, end), revision: null, params: {} },
  }
}

const login = createRoute({
  method: 'post',
  path: '/api/login',
  tags: ['web client'],
  summary: 'Takes a token as the password, for the original web client',
  request: { body: jsonBody(z.object({ username: z.string(), password: z.string() })) },
  responses: {
    200: json(
      z.object({ token: z.string(), user: z.object({ username: z.string() }) }),
      'The token, back',
    ),
    ...problemResponses('invalid_request', 'unsupported_media_type'),
  },
})

const completionsStream = createRoute({
  method: 'post',
  path: '/api/chat/completions/stream',
  tags: ['web client'],
  security,
  summary: 'A completion that is not stored (the original web client’s Edit)',
  request: {
    body: jsonBody(
      z.object({
        model: ModelName,
        messages: z
          .array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() }))
          .min(1),
        ...callParams,
      }),
    ),
  },
  responses: {
    200: {
      description: 'OpenAI chunks, then [DONE]',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...problemResponses('invalid_request', 'unsupported_media_type', 'gateway_unreachable'),
  },
})

/** The original client skips it, since it has no `choices`, and keeps the text. */
function failureFrame(problem: ProblemError, requestId: string): string {
  const data = { status: 'failed', problem: problem.toProblem(requestId) }
  return `event: turn.failed\ndata: ${JSON.stringify(data)}\n\n`
}

/** Wrong passwords a minute from one address; right ones are not counted: a token cannot be guessed, so this only keeps the load low. */
const loginsPerMinute = 30

export const webClientRoutes: Routes = (app, services) => {
  const wrong = createBuckets(loginsPerMinute)

  app.openapi(login, async (c) => {
    const { username, password } = c.req.valid('json')
    if ((await services.access.identify(password)) === undefined) {
      takeFor(c, wrong.of(addressOf(c)), 'too many wrong passwords from this address')
      throw new ProblemError('unauthorized', 'the password is not a token of this daemon', {
        hint: 'Use one that c2a token create made, or the one in the file that c2a daemon status names.',
      })
    }
    return c.json({ token: password, user: { username } }, 200)
  })

  app.openapi(completionsStream, async (c) => {
    const { model, messages, ...named } = c.req.valid('json')
    const params = withoutUnset(named)
    const sink = createSseSink(c, services.sse)
    const callId = c.get('requestId')
    const request = { model, messages, params, callId }
    const gate = createTextGate()
    let n = 0
    let opened = false
    const write = async (text: string): Promise<void> => {
      if (!opened) sink.open()
      opened = true
      if (text === '') return
      n += 1
      await sink.write(toFrames(callId, { n, event: 'delta', data: text, message_id: null }, 1_000))
    }
    let problem: ProblemError | undefined
    for await (const event of services.gateway.chat(request, sink.signal)) {
      if (event.type === 'text') await write(gate.push(event.text))
      if (event.type === 'error') problem = new ProblemError(event.error.code, event.error.message)
    }
    // Nothing shown yet: a real HTTP error, which is all that this client can show.
    if (problem !== undefined && !opened) throw problem
    await write(gate.end())
    if (problem !== undefined) await sink.write(failureFrame(problem, callId))
    await sink.write(done)
    sink.end()
    return RESPONSE_ALREADY_SENT
  })
}
