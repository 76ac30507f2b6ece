import { getSpend } from '../../shared/contract/spend.js'
import type { Routes } from './services.js'

export const spendRoutes: Routes = (app, { spend }) => {
  app.openapi(getSpend, async (c) => c.json(await spend(c.get('identity').owner), 200))
}
