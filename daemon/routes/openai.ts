import { createHash } from 'node:crypto'
import { createCompletion, listOpenAiModels } from '../../shared/contract/openai.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { sizeProblem } from '../../shared/limits.js'
import { problemResponse } from '../http/errors.js'
import { createSseSink } from '../http/sse.js'
import { type Piece, piecesOfCompletion, piecesOfTurn } from '../openai/pieces.js'
import { dontRetry, streamPieces, wholeOf } from '../openai/reply.js'
import { type CompletionRequest, questionOf, readCompletion } from '../openai/request.js'
import type { Attached } from '../turns/attach.js'
import type { Routes, Services } from './services.js'

interface Stored {
  owner: string
  sessionId: string
  key: string | undefined
  /** As it came. */
  body: object
}

/**
 * The last message becomes a turn of the session, whose own history, role and parameters stand for all
 * that a request repeats; its model and parameters go over the session's, as with any post.
 */
async function startTurn(
  { turns }: Pick<Services, 'turns'>,
  request: CompletionRequest,
  { owner, sessionId, key, body }: Stored,
): Promise<Attached> {
  const message = questionOf(request)
  const problem = sizeProblem(message)
  if (problem !== undefined) throw new ProblemError('payload_too_large', problem)
  const hash = createHash('sha256')
    .update(`/v1\n${sessionId}\n${JSON.stringify(body)}`)
    .digest()
  const idempotency = key === undefined ? undefined : { key, hash }
  const { model, params } = request
  // Who names one model means that one, in a session with plan mode, too.
  const asked = { message, model, plan: null }
  return turns.start({ owner, sessionId, asked, params, idempotency }).catch(async (error) => {
    const known = await turns.findStarted(owner, idempotency)
    if (known === undefined) throw error
    return known
  })
}

export const openAiRoutes: Routes = (app, services) => {
  const { gateway, unstored, metrics, sse, watch, headPatienceMs, log } = services
  const live = (change: 1 | -1): void => metrics.meters.stream('turn', change)

  app.openapi(createCompletion, async (c) => {
    const body = c.req.valid('json')
    const request = readCompletion(body)
    const headers = c.req.valid('header')
    const sessionId = headers['x-c2a-session']
    const sink = createSseSink(c, {
      ...sse,
      live,
      watch: sessionId === undefined ? undefined : watch,
    })
    let pieces: AsyncIterable<Piece>
    let callId = c.get('requestId')
    if (sessionId === undefined) {
      const { model, messages, params } = request
      const call = { model, messages, params, callId }
      pieces = piecesOfCompletion(unstored.chat(c.get('identity').owner, call, sink.signal))
    } else {
      const { owner } = c.get('identity')
      const key = headers['idempotency-key']
      const attached = await startTurn(services, request, { owner, sessionId, key, body })
      dontRetry(c)
      callId = attached.turnId
      pieces = piecesOfTurn(attached.events(sink.signal))
    }
    const created = Math.floor(Date.now() / 1_000)
    const head = { id: `chatcmpl-${callId}`, created, model: request.model }
    const refuse = (problem: Parameters<typeof problemResponse>[1]): Response =>
      problemResponse(c, { ...problem, request_id: c.get('requestId') })
    if (request.stream) {
      const { includeUsage } = request
      const onError = (error: unknown): void =>
        log.warn({ error: String(error) }, 'a stream broke off')
      return streamPieces(pieces, { sink, head, includeUsage, headPatienceMs, refuse, onError })
    }
    const whole = await wholeOf(pieces, head)
    return 'problem' in whole ? refuse(whole.problem) : c.json(whole.completion, 200)
  })

  app.openapi(listOpenAiModels, async (c) => {
    const { data } = await gateway.models()
    return c.json(
      {
        object: 'list' as const,
        data: data.map(({ id, litellm_provider }) => ({
          id,
          object: 'model' as const,
          // Nobody says when a model was made.
          created: 0,
          owned_by: litellm_provider ?? 'unknown',
        })),
      },
      200,
    )
  })
}
