import { randomUUID } from 'node:crypto'
import { ProblemError } from '../../shared/contract/problem.js'
import { createToken, listTokens, revokeToken } from '../../shared/contract/token.js'
import { hashSecret, makeTokenText } from '../people/token-text.js'
import type { Routes } from './services.js'

export const tokenRoutes: Routes = (app, { tokens, log }) => {
  app.openapi(listTokens, async (c) => {
    return c.json(await tokens.list(), 200)
  })

  app.openapi(createToken, async (c) => {
    const { name, scope, expires_in: expiresIn } = c.req.valid('json')
    const { id, secret, text } = makeTokenText()
    const hash = hashSecret(secret)
    const made = await tokens.create({ id, name, scope, expiresIn, hash, newOwner: randomUUID() })
    log.info({ token: id, name, scope, by: c.get('identity').owner }, 'made a token')
    // No cache between here and there keeps it.
    c.header('Cache-Control', 'no-store')
    return c.json({ ...made, token: text }, 201)
  })

  app.openapi(revokeToken, async (c) => {
    const { id } = c.req.valid('param')
    if (!(await tokens.revoke(id))) throw new ProblemError('not_found', 'no token with this id')
    log.info({ token: id, by: c.get('identity').owner }, 'revoked a token')
    return c.body(null, 204)
  })
}
