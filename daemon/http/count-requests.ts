import type { MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import type { Log } from '../log.js'
import type { Meters } from '../metrics/meters.js'
import type { AppEnv } from './env.js'

const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'])

/** Counts each request by its route's template, never by its path: ids and strangers' paths have no end. */
export function countRequests(meters: Meters, log: Log): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const began = performance.now()
    await next()
    const template = routePath(c, -1)
    const { outgoing } = c.env
    const request = {
      method: methods.has(c.req.method) ? c.req.method : 'other',
      route: template.endsWith('/*') ? 'none' : template,
      // A stream has written its own head.
      status: outgoing?.headersSent ? outgoing.statusCode : c.res.status,
    }
    meters.answered(request)
    const code = c.get('problemCode')
    if (code !== undefined) meters.refused(code)
    const ms = Math.round(performance.now() - began)
    log.debug({ requestId: c.get('requestId'), ...request, ms }, 'a request')
  }
}
