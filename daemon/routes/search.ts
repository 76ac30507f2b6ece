import { search } from '../../shared/contract/search.js'
import { linkNext } from './page-link.js'
import type { Routes } from './services.js'

export const searchRoutes: Routes = (app, services) => {
  app.openapi(search, async (c) => {
    const page = await services.search.find(c.get('identity').owner, c.req.valid('query'))
    return c.json(linkNext(c, page), 200)
  })
}
