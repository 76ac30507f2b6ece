import { listMessages } from '../../shared/contract/message.js'
import { ProblemError } from '../../shared/contract/problem.js'
import {
  createSession,
  deleteSession,
  forkSession,
  getSession,
  listSessions,
  patchSession,
  type Session,
} from '../../shared/contract/session.js'
import { linkNext } from './page-link.js'
import { resolveRole } from './resolve-role.js'
import type { Routes } from './services.js'

const unknown = (): ProblemError => new ProblemError('not_found', 'no session with this id')

export const sessionRoutes: Routes = (app, { sessions, messages, roles, turns }) => {
  const withUsage = async (session: Session): Promise<Session> => {
    const usage = await sessions.usage(session.id)
    return usage === undefined ? session : { ...session, usage }
  }

  app.openapi(listSessions, async (c) => {
    const page = await sessions.list(c.get('identity').owner, c.req.valid('query'))
    return c.json(linkNext(c, page), 200)
  })

  app.openapi(createSession, async (c) => {
    const { role, role_id, ...settings } = c.req.valid('json') ?? {}
    const roleId = await resolveRole(roles, { role, role_id })
    const { owner } = c.get('identity')
    return c.json(await sessions.create(owner, { ...settings, role_id: roleId }), 201)
  })

  app.openapi(getSession, async (c) => {
    const session = await sessions.get(c.get('identity').owner, c.req.valid('param').id)
    if (session === undefined) throw unknown()
    return c.json(await withUsage(session), 200)
  })

  app.openapi(patchSession, async (c) => {
    const { role, role_id, ...settings } = c.req.valid('json')
    const roleId = await resolveRole(roles, { role, role_id })
    const { owner } = c.get('identity')
    const session = await sessions.update(owner, c.req.valid('param').id, {
      ...settings,
      role_id: roleId,
    })
    if (session === undefined) throw unknown()
    return c.json(await withUsage(session), 200)
  })

  app.openapi(deleteSession, async (c) => {
    const removed = await turns.removeSession(c.get('identity').owner, c.req.valid('param').id)
    if (!removed) throw unknown()
    return c.body(null, 204)
  })

  app.openapi(forkSession, async (c) => {
    const { owner } = c.get('identity')
    const id = await sessions.fork(owner, c.req.valid('param').id, c.req.valid('json') ?? {})
    const session = await sessions.get(owner, id)
    if (session === undefined) throw unknown()
    return c.json(session, 201)
  })

  app.openapi(listMessages, async (c) => {
    const { id } = c.req.valid('param')
    const session = await sessions.get(c.get('identity').owner, id)
    if (session === undefined) throw unknown()
    const { variants, ...page } = c.req.valid('query')
    const list = await messages.list(id, { ...page, variants: variants !== undefined })
    return c.json(linkNext(c, list), 200)
  })
}
