import { randomUUID } from 'node:crypto'
import { OpenAPIHono } from '@hono/zod-openapi'
import { HTTPException } from 'hono/http-exception'
import { ProblemError } from '../shared/contract/problem.js'
import { guard } from './http/access.js'
import { readBody } from './http/body.js'
import { countRequests } from './http/count-requests.js'
import type { AppEnv } from './http/env.js'
import { errorMapper } from './http/errors.js'
import { describeIssues } from './http/issues.js'
import { backupRoutes } from './routes/backup.js'
import { chatRoutes } from './routes/chat.js'
import { eventRoutes } from './routes/events.js'
import { healthRoutes } from './routes/health.js'
import { metricsRoutes } from './routes/metrics.js'
import { modelRoutes } from './routes/models.js'
import { openAiRoutes } from './routes/openai.js'
import { roleRoutes } from './routes/roles.js'
import { searchRoutes } from './routes/search.js'
import type { App, Routes, Services } from './routes/services.js'
import { sessionRoutes } from './routes/sessions.js'
import { slackRoutes } from './routes/slack.js'
import { spendRoutes } from './routes/spend.js'
import { tokenRoutes } from './routes/tokens.js'
import { webClientRoutes } from './routes/web-client.js'

/** One file a resource; a test compares this list with the folder. */
const routes: readonly Routes[] = [
  healthRoutes,
  sessionRoutes,
  searchRoutes,
  spendRoutes,
  chatRoutes,
  roleRoutes,
  modelRoutes,
  metricsRoutes,
  eventRoutes,
  tokenRoutes,
  backupRoutes,
  webClientRoutes,
  slackRoutes,
  openAiRoutes,
]

/** The whole HTTP surface: middleware, routes, one error mapper. No I/O on import or here. */
export function createApp(services: Services): App {
  const app: App = new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success) throw new ProblemError('invalid_request', describeIssues(result.error))
    },
  })
  const mapError = errorMapper(services.log)

  app.use(async (c, next) => {
    c.set('requestId', randomUUID())
    c.header('X-Request-Id', c.get('requestId'))
    await next()
  })
  app.use(countRequests(services.metrics.meters, services.log))
  app.use(guard(services.access, services.limits))
  app.use(readBody)

  for (const add of routes) add(app, services)

  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
  })
  app.get('/api/openapi.json', (c) =>
    c.json(
      app.getOpenAPI31Document({
        openapi: '3.1.0',
        info: {
          title: 'Chat2AnyLLM daemon',
          version: services.version,
          description: 'Sessions, roles, models and streams over HTTP and server-sent events.',
        },
      }),
    ),
  )

  app.notFound((c) => {
    const error = new ProblemError('not_found', `no such endpoint: ${c.req.method} ${c.req.path}`)
    return mapError(error, c)
  })
  app.onError((error, c) => {
    // Hono's own: a body or a parameter that it could not read.
    if (error instanceof HTTPException && error.status < 500) {
      return mapError(new ProblemError('invalid_request', error.message || 'not understood'), c)
    }
    return mapError(error, c)
  })
  return app
}
