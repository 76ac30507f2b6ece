import type { Context, ErrorHandler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { type Problem, ProblemError } from '../../shared/contract/problem.js'
import type { Log } from '../log.js'
import { isAway } from '../store/pool.js'
import type { AppEnv } from './env.js'
import { isOpenAiPath, toOpenAiError } from './openai-error.js'

export function problemResponse(c: Context<AppEnv>, problem: Problem): Response {
  c.set('problemCode', problem.code)
  // Our 499 is not in the standard list; it never starts a response.
  const status = problem.status as ContentfulStatusCode
  if (isOpenAiPath(c.req.path)) {
    return c.body(JSON.stringify(toOpenAiError(problem)), status, {
      'Content-Type': 'application/json',
    })
  }
  return c.body(JSON.stringify(problem), status, { 'Content-Type': 'application/problem+json' })
}

/** The one place where an error becomes a response. A stack goes to the log, never to a user. */
export function errorMapper(log: Log): ErrorHandler<AppEnv> {
  return (error, c) => {
    const requestId = c.get('requestId')
    if (error instanceof ProblemError) {
      if (error.code === 'internal' || error.code === 'db_unavailable') {
        log.warn({ requestId, code: error.code, cause: String(error.cause) }, error.message)
      }
      return problemResponse(c, error.toProblem(requestId))
    }
    const away = isAway(error)
    log.error({ requestId, error: error.message, stack: error.stack }, 'a request failed')
    return problemResponse(
      c,
      new ProblemError(away ? 'db_unavailable' : 'internal').toProblem(requestId),
    )
  }
}
