import { getMetrics } from '../../shared/contract/health.js'
import { contentType } from '../metrics/exposition.js'
import type { Routes } from './services.js'

export const metricsRoutes: Routes = (app, { metrics }) => {
  app.openapi(getMetrics, async (c) =>
    c.text(await metrics.read(), 200, { 'Content-Type': contentType }),
  )
}
