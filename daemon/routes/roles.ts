import { ProblemError } from '../../shared/contract/problem.js'
import {
  applyRoles,
  createRole,
  deleteRole,
  getRole,
  listRoles,
  putRole,
} from '../../shared/contract/role.js'
import { linkNext } from './page-link.js'
import type { Routes } from './services.js'

const unknown = (): ProblemError => new ProblemError('not_found', 'no role with this id')

export const roleRoutes: Routes = (app, { roles }) => {
  app.openapi(listRoles, async (c) => {
    return c.json(linkNext(c, await roles.list(c.req.valid('query'))), 200)
  })

  app.openapi(createRole, async (c) => {
    return c.json(await roles.create(c.req.valid('json')), 201)
  })

  app.openapi(getRole, async (c) => {
    const role = await roles.get(c.req.valid('param').id)
    if (role === undefined) throw unknown()
    return c.json(role, 200)
  })

  app.openapi(putRole, async (c) => {
    const role = await roles.update(c.req.valid('param').id, c.req.valid('json'))
    if (role === undefined) throw unknown()
    return c.json(role, 200)
  })

  app.openapi(applyRoles, async (c) => c.json(await roles.apply(c.req.valid('json')), 200))

  app.openapi(deleteRole, async (c) => {
    if (!(await roles.remove(c.req.valid('param').id))) throw unknown()
    return c.body(null, 204)
  })
}
