import { getHealth, getReady, stopDaemon } from '../../shared/contract/health.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Routes } from './services.js'

export const healthRoutes: Routes = (app, services) => {
  app.openapi(getHealth, (c) =>
    c.json(
      {
        status: 'OK' as const,
        timestamp: new Date().toISOString(),
        version: services.version,
        build: services.build,
      },
      200,
    ),
  )

  app.openapi(getReady, async (c) => {
    // How the daemon is wired is nobody's business without a token.
    const readiness = await services.readiness({ details: c.get('identity') !== undefined })
    return c.json(readiness, readiness.ready ? 200 : 503)
  })

  app.openapi(stopDaemon, (c) => {
    if (c.req.valid('query').if_idle === '1' && services.turns.liveCount > 0) {
      throw new ProblemError('session_busy', 'an answer is still running in this daemon')
    }
    services.shutDown()
    return c.json({ stopping: true as const }, 202)
  })
}
