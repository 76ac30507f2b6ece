import { ProblemError } from '../../shared/contract/problem.js'
import type { Scope } from '../../shared/contract/token.js'
import type { Identity } from './access.js'

/**
 * What a token that may chat may change: its owner's sessions, and nothing that others see. Of `/v1` all:
 * what other clients look for there in vain is not found, and no matter of a scope.
 */
const ofChat = /^\/(api\/(sessions|chat|import)|v1)(\/|$)/
/** Tokens, and figures that say what everybody does and costs. */
const ofAdmin = /^\/(api\/tokens|metrics)(\/|$)/

/**
 * The scope that a request needs, before anything of it is read. Whoever adds an endpoint that changes
 * something gives it to admins alone, unless it is named here.
 */
function neededScope(method: string, path: string): Scope {
  if (ofAdmin.test(path)) return 'admin'
  if (method === 'GET' || method === 'HEAD') return 'read'
  return ofChat.test(path) ? 'chat' : 'admin'
}

const metrics = '/metrics'
const order: readonly Scope[] = ['read', 'chat', 'admin']

/** Throws ProblemError `forbidden` when the token may not do this. */
export function requireScope(scope: Identity['scope'], method: string, path: string): void {
  if (scope === 'metrics') {
    if (path === metrics) return
    throw new ProblemError('forbidden', `this token opens ${metrics} and nothing else`)
  }
  const needed = neededScope(method, path)
  if (order.indexOf(scope) >= order.indexOf(needed)) return
  const may = scope === 'read' ? 'this token may only read' : 'this needs an admin token'
  throw new ProblemError('forbidden', may, {
    hint:
      path === metrics
        ? 'To watch the daemon, set daemon.metrics_token (C2A_METRICS_TOKEN) and use that.'
        : `Ask whoever runs the daemon for a token with --scope ${needed}.`,
  })
}
