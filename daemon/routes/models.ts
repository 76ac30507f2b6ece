import { getModels } from '../../shared/contract/health.js'
import type { Routes } from './services.js'

export const modelRoutes: Routes = (app, { gateway }) => {
  app.openapi(getModels, async (c) => {
    const refresh = c.req.valid('query').refresh === '1'
    return c.json(await gateway.models({ refresh }), 200)
  })
}
