import { createHash, timingSafeEqual } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { MiddlewareHandler } from 'hono'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Scope } from '../../shared/contract/token.js'
import type { Secret } from '../secret.js'
import { type AppEnv, slackPath } from './env.js'
import type { Limits } from './limits.js'
import { requireScope } from './scope.js'

/** Who a request comes from. Every row has an owner and every query asks for it. */
export interface Identity {
  owner: string
  scope: Scope | 'metrics'
  /** Of a made token. `local` has none, and no limits. */
  tokenId?: string
}

export interface AccessOptions {
  /** The tokens that stand for the one user `local`: the token file's, and C2A_ADMIN_TOKEN. */
  localTokens: readonly Secret[]
  /** Opens GET /metrics and nothing else, without a look into the database. */
  metricsToken?: Secret | undefined
  /** Whom any other token stands for. */
  findMade(token: string): Promise<Identity | undefined>
  /** Host names, beside the loopback ones, that TCP requests may be addressed to. */
  hosts: readonly string[]
  /** Origins of web clients that browsers may call from. */
  origins: readonly string[]
}

export interface Access {
  /** Undefined: the token opens nothing. Throws ProblemError `db_unavailable`. */
  identify(token: string): Promise<Identity | undefined>
  hostAllowed(host: string): boolean
  originAllowed(origin: string): boolean
}

/** Its scope reads nobody’s rows, whatever owner they have. */
const scraper: Identity = { owner: 'metrics', scope: 'metrics' }

const loopback = ['localhost', '127.0.0.1', '[::1]']

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** The name in a Host header, without its port; undefined when it is not one. */
function hostName(host: string): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/.exec(host.toLowerCase())?.[1]
}

/** A host of the configuration as `hostName` gives it: without a port, an IPv6 address in brackets. */
function configuredHost(host: string): string {
  const name = isIPv6(host) ? `[${host}]` : host
  return hostName(name) ?? name.toLowerCase()
}

export function createAccess(options: AccessOptions): Access {
  const tokens = options.localTokens.map((token) => digest(token.reveal()))
  const ofMetrics = options.metricsToken && digest(options.metricsToken.reveal())
  const hosts = new Set([...loopback, ...options.hosts.map(configuredHost)])
  // Often pasted as a URL; the header has no slash at its end.
  const origins = new Set(options.origins.map((origin) => origin.replace(/\/+$/, '')))
  return {
    async identify(token) {
      const given = digest(token)
      // Digests of equal length, every one compared: the time tells nothing about the token.
      const known = tokens.map((expected) => timingSafeEqual(expected, given)).includes(true)
      if (known) return { owner: 'local', scope: 'admin' }
      if (ofMetrics && timingSafeEqual(ofMetrics, given)) return scraper
      return options.findMade(token)
    },
    hostAllowed(host) {
      const name = hostName(host)
      return name !== undefined && hosts.has(name)
    },
    originAllowed: (origin) => origins.has(origin),
  }
}

/** Routes that answer without a token; each guards itself. */
const open = new Set(['/api/health', '/api/ready', '/api/login', slackPath])

/**
 * The first layer. On TCP the Host must be one of ours, once (DNS rebinding); an Origin must be
 * listed (another site's page in the user's browser); and everything but the open routes needs a
 * bearer token, whose scope and limits it holds. The unix socket asks for the token too: it keeps other
 * users out, the token keeps out what was handed the socket.
 */
export function guard(access: Access, limits: Limits): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const { incoming, transport } = c.env
    if (transport === 'tcp') {
      const hosts = incoming.headersDistinct['host'] ?? []
      if (hosts.length !== 1)
        throw new ProblemError('invalid_request', 'send exactly one Host header')
      if (!access.hostAllowed(hosts[0] ?? '')) {
        throw new ProblemError('forbidden', 'this Host is not served here', {
          hint: 'Add the name to C2A_ALLOWED_HOSTS.',
        })
      }
    }
    const origin = c.req.header('origin')
    const crossOrigin = origin !== undefined
    if (crossOrigin && !access.originAllowed(origin)) {
      throw new ProblemError('forbidden', 'this Origin may not call the daemon', {
        hint: 'Add it to ALLOWED_ORIGINS.',
      })
    }
    if (crossOrigin) {
      c.header('Access-Control-Allow-Origin', origin)
      c.header('Access-Control-Expose-Headers', 'link, retry-after, x-request-id')
      c.header('Vary', 'Origin')
    }
    if (c.req.method === 'OPTIONS' && crossOrigin) {
      c.header('Access-Control-Allow-Methods', 'GET, POST, PUT, PATCH, DELETE')
      c.header(
        'Access-Control-Allow-Headers',
        'authorization, content-type, idempotency-key, last-event-id, x-c2a-session',
      )
      c.header('Access-Control-Max-Age', '600')
      return c.body(null, 204)
    }
    const token = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
    if (open.has(c.req.path)) {
      // Only readiness says more to who has one; how ready it is can be asked while no database knows the token.
      const asks = token !== undefined && c.req.path === '/api/ready'
      const identity = asks && (await access.identify(token).catch(() => undefined))
      if (identity) c.set('identity', identity)
      return next()
    }
    if (token === undefined) throw new ProblemError('unauthorized')
    const identity = await access.identify(token)
    if (identity === undefined) return limits.refuse(c)
    limits.admit(c, identity)
    requireScope(identity.scope, c.req.method, c.req.path)
    c.set('identity', identity)
    return next()
  }
}
