import type { Ready } from '../../shared/contract/health.js'
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
    // How the daemon is wired is nobody's business without a token, and where its data lies an admin's.
    const identity = c.get('identity')
    const wanted = identity !== undefined && identity.scope !== 'metrics'
    const readiness = await services.readiness({ details: wanted })
    const shown = identity?.scope === 'admin' ? readiness : withoutPlaces(readiness)
    return c.json(shown, shown.ready ? 200 : 503)
  })

  app.openapi(stopDaemon, (c) => {
    if (c.req.valid('query').if_idle === '1' && services.turns.liveCount > 0) {
      throw new ProblemError('session_busy', 'an answer is still running in this daemon')
    }
    services.shutDown()
    return c.json({ stopping: true as const }, 202)
  })
}

function withoutPlaces({ ready, details }: Ready): Ready {
  if (details === undefined) return { ready }
  const { where: _where, free_bytes: _free, ...database } = details.database
  return { ready, details: { ...details, database } }
}
