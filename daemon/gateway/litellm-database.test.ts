import { afterEach, describe, expect, it, test } from 'vitest'
import { failure } from '../../test/fakes/upstream/steps.js'
import { startUpstream } from '../../test/fakes/upstream/upstream.js'
import { errorFromResponse } from './errors.js'
import { ask, collect, testGateway, testKey } from './test-support.js'

/** What LiteLLM 1.106.2 says that has a database: taken from one that ran. */
const hash = '8b61bd8d75e824ba0223bebfa2f3dc56247a728515b11f0b720cea46f56cc9e6'
const denied =
  "The requested model 'stor' is not available for this API key, or the model name is invalid. Check the models available to you and try again."
const context = { url: 'http://127.0.0.1:4000', key: 'sk-AWae83Vbm2YRmuCoULsuPg' }
const said = (message: string, type: string, code: string): string =>
  JSON.stringify({ error: { message, type, param: 'None', code } })

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe('a virtual key', () => {
  test.each([
    [
      'gateway_auth',
      401,
      'Authentication Error - Expired Key. Key Expiry time 2026-11-29 01:26:18.593000+00:00 and current time 2026-11-29 01:26:52.621667+00:00',
      'expired_key',
    ],
    [
      'gateway_auth',
      401,
      "Authentication Error, Key is blocked. Update via `/key/unblock` if you're an admin.",
      'auth_error',
    ],
    [
      'budget_exceeded',
      422,
      'Budget has been exceeded! Key=team (sk-...ExXQ) Current cost: 0.034, Max budget: 0.02',
      'budget_exceeded',
    ],
    [
      'budget_exceeded',
      422,
      'ExceededBudget: User=bob over budget. Spend=0.017, Budget=0.01',
      'budget_exceeded',
    ],
    ['forbidden_model', 403, denied, 'key_model_access_denied'],
    ['forbidden_model', 403, denied, 'team_model_access_denied'],
    ['forbidden_model', 403, 'litellm.PermissionDeniedError: Model is blocked', 'permission_error'],
  ])('%s from %i %s', (code, status, message, type) => {
    const error = errorFromResponse(status, {}, said(message, type, String(status)), context)
    expect(error.code).toBe(code)
    expect(error.hint).not.toContain('master key')
  })

  it('that is not for questions at all is a wrong key, not a wrong model', () => {
    const body = JSON.stringify({
      detail:
        "Virtual key is not allowed to call this route. Only allowed to call routes: ['management_routes']. Tried to call route: /v1/chat/completions",
    })
    expect(errorFromResponse(403, {}, body, context).code).toBe('gateway_auth')
  })

  it('that nobody knows is told without its hash and the tables of LiteLLM', () => {
    const message = `Authentication Error, Invalid proxy server token passed. Received API Key = sk-...suPg, Key Hash (Token) =${hash}. Unable to find token in cache or \`LiteLLM_VerificationTokenTable\``
    const body = said(message, 'token_not_found_in_db', '401')
    expect(errorFromResponse(401, {}, body, context)).toMatchObject({
      code: 'gateway_auth',
      message: 'Authentication Error, Invalid proxy server token passed.',
    })
  })

  it('that has reached a limit is told without its hash', () => {
    const message = `Rate limit exceeded for api_key: ${hash}. Limit type: requests. Current limit: 2, Remaining: 0.`
    const body = said(message, 'throttling_error', '429')
    expect(errorFromResponse(429, { 'retry-after': '60' }, body, context)).toMatchObject({
      code: 'rate_limited',
      message:
        'Rate limit exceeded for api_key: [key]. Limit type: requests. Current limit: 2, Remaining: 0.',
      hint: 'Try again in 60 s.',
    })
  })

  it('has such a hash; the digest of a model says what it is', () => {
    const message = `pull sha256:${hash} first`
    expect(errorFromResponse(400, {}, said(message, 'None', '400'), context).message).toBe(message)
  })

  it('where there is no database is told that only the master key counts', () => {
    const error = errorFromResponse(
      400,
      {},
      said('No connected db.', 'no_db_connection', '400'),
      context,
    )
    expect(error).toMatchObject({ code: 'gateway_auth', hint: expect.stringMatching(/master key/) })
  })

  it('and a typing error: the names that it may use are suggested', async () => {
    const refusal = { steps: () => [failure(403, denied, { type: 'key_model_access_denied' })] }
    const server = await startUpstream({
      ...{ litellm: true, key: testKey, models: ['stored', 'other'] },
      scripts: { stor: refusal },
    })
    cleanups.push(() => server.close())
    const gateway = testGateway(server)
    cleanups.push(() => gateway.close())
    await gateway.models()
    const { error } = await collect(gateway, ask('stor'))
    expect(error).toMatchObject({ code: 'forbidden_model', hint: 'Did you mean stored?' })
  })
})

describe('while its database is away', () => {
  const away = said(
    'Service Unavailable, the authentication database is temporarily unreachable. Please retry shortly.',
    'no_db_connection',
    '503',
  )

  it('LiteLLM is not ready, and no other model would help', () => {
    expect(errorFromResponse(503, {}, away, context)).toMatchObject({
      code: 'gateway_starting',
      retryable: true,
      hint: expect.stringMatching(/LiteLLM.* database/),
    })
  })
})
