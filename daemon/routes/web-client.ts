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
import { Completion } from '../../shared/contract/openai.js'
import { callParams } from '../../shared/contract/params.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { withoutUnset } from '../../shared/params.js'
import { createJoinedWrites } from '../http/joined-writes.js'
import { addressOf, createBuckets, takeFor } from '../http/limits.js'
import { createSseSink } from '../http/sse.js'
import { piecesOfCompletion } from '../openai/pieces.js'
import { wholeOf } from '../openai/reply.js'
import type { RoleStore } from '../store/roles.js'
import type { TurnRole } from '../store/turn-start.js'
import { createTextGate } from '../text-gate.js'
import { done, toFrames } from '../turns/frames.js'
import type { Routes } from './services.js'

/*
 * What only the original's web client needs: its login, its completions (which store nothing), the role
 * that it puts in front of a message, and the prompts of its plan mode.
 */

const prefix = /^\[\[ROLE:([^\n]{1,100})\]\]\n/

/**
 * Lifts `[[ROLE:name]]\n<instructions>\n---\n` off a message: it becomes the system message and is
 * never stored. Instructions may hold a `---` line themselves, so the stored role of that name says
 * where they end; what is not that role's is the user's own text, and stays.
 */
export async function liftRole(
  roles: Pick<RoleStore, 'getByName'>,
  message: string,
): Promise<{ text: string; role?: TurnRole }> {
  const match = prefix.exec(message)
  const stored = match?.[1] === undefined ? undefined : await roles.getByName(match[1])
  if (match === null || stored === undefined) return { text: message }
  const head = `${match[0]}${stored.instructions}\n---\n`
  return message.startsWith(head)
    ? { text: message.slice(head.length), role: { ...stored } }
    : { text: message }
}

/** How the two posts of its plan mode begin, and what stands around the user's words. */
const prompts = [
  {
    start: 'Create a concise, actionable plan as a numbered checklist only.',
    before: '\n\nTask: ',
    after: undefined,
  },
  {
    start: 'Follow the numbered steps in the plan below and produce a concrete implementation.',
    before: '\n\nOriginal question: ',
    after: '\n\nPlan (for you to follow, do not echo):\n',
  },
]

/** The user's own words in a prompt of its plan mode, for the title; undefined for any other message. */
export function ownWords(message: string): string | undefined {
  const prompt = prompts.find(({ start }) => message.startsWith(start))
  const at = prompt === undefined ? -1 : message.indexOf(prompt.before)
  if (prompt === undefined || at === -1) return undefined
  const words = message.slice(at + prompt.before.length)
  const end = prompt.after === undefined ? -1 : words.indexOf(prompt.after)
  return end === -1 ? words : words.slice(0, end)
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

const completionBody = jsonBody(
  z.object({
    model: ModelName,
    messages: z
      .array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() }))
      .min(1),
    ...callParams,
  }),
)

const completions = createRoute({
  method: 'post',
  path: '/api/chat/completions',
  tags: ['web client'],
  security,
  summary: 'A completion that is not stored, as one object',
  request: { body: completionBody },
  responses: {
    200: json(Completion, 'OpenAI’s completion'),
    ...problemResponses(
      'invalid_request',
      'unsupported_media_type',
      'budget_exceeded',
      'gateway_unreachable',
    ),
  },
})

const completionsStream = createRoute({
  method: 'post',
  path: '/api/chat/completions/stream',
  tags: ['web client'],
  security,
  summary: 'A completion that is not stored (the original web client’s Edit)',
  request: { body: completionBody },
  responses: {
    200: {
      description: 'OpenAI chunks, then [DONE]',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...problemResponses(
      'invalid_request',
      'unsupported_media_type',
      'budget_exceeded',
      'gateway_unreachable',
    ),
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

  app.openapi(completions, async (c) => {
    const { model, messages, ...named } = c.req.valid('json')
    const callId = c.get('requestId')
    const { signal } = createSseSink(c, services.sse)
    const request = { model, messages, params: withoutUnset(named), callId }
    const head = { id: `chatcmpl-${callId}`, created: Math.floor(Date.now() / 1_000), model }
    const whole = await wholeOf(
      piecesOfCompletion(services.unstored.chat(c.get('identity').owner, request, signal)),
      head,
    )
    if ('completion' in whole) return c.json(whole.completion, 200)
    const { code, detail, hint } = whole.problem
    throw new ProblemError(code, detail, hint === undefined ? {} : { hint })
  })

  app.openapi(completionsStream, async (c) => {
    const { model, messages, ...named } = c.req.valid('json')
    const params = withoutUnset(named)
    const sink = createSseSink(c, {
      ...services.sse,
      wholeFrames: true,
      live: (change) => services.metrics.meters.stream('turn', change),
    })
    const callId = c.get('requestId')
    const request = { model, messages, params, callId }
    const gate = createTextGate()
    let n = 0
    let opened = false
    const open = (): void => {
      if (!opened) sink.open()
      opened = true
    }
    // A packet takes its time, and each word of a fast model would be one.
    const texts = createJoinedWrites(async (data) => {
      open()
      n += 1
      await sink.write(toFrames(callId, { n, event: 'delta', data, message_id: null }, 1_000))
    })
    let problem: ProblemError | undefined
    const { owner } = c.get('identity')
    for await (const event of services.unstored.chat(owner, request, sink.signal)) {
      if (event.type === 'text') await texts.push(gate.push(event.text))
      if (event.type === 'error') problem = new ProblemError(event.error.code, event.error.message)
    }
    // Nothing shown yet: a real HTTP error, which is all that this client can show.
    if (problem !== undefined && !opened) throw problem
    await texts.push(gate.end())
    await texts.end()
    open()
    if (problem !== undefined) await sink.write(failureFrame(problem, callId))
    await sink.write(done)
    sink.end()
    return RESPONSE_ALREADY_SENT
  })
}
