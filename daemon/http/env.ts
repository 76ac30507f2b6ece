import type { HttpBindings } from '@hono/node-server'
import type { Identity } from './access.js'

/** Slack signs its requests; it knows no token, and its bodies are forms. */
export const slackPath = '/slack/command'

/** What handlers find beside the request. */
export interface AppEnv {
  Bindings: HttpBindings & { transport: 'unix' | 'tcp' }
  Variables: {
    requestId: string
    /** Set by the guard on every route but the open ones. */
    identity: Identity
    /** Set where the answer is a problem. */
    problemCode?: string
  }
}
