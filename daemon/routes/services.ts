import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Ready } from '../../shared/contract/health.js'
import type { Spend } from '../../shared/contract/spend.js'
import type { Backup } from '../backup/service.js'
import type { Hints } from '../events/hints.js'
import type { Gateway } from '../gateway/types.js'
import type { Access } from '../http/access.js'
import type { AppEnv } from '../http/env.js'
import type { Limits } from '../http/limits.js'
import type { Pace } from '../http/pace.js'
import type { SseTimes } from '../http/sse.js'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics/metrics.js'
import type { Search } from '../search/service.js'
import type { Slack } from '../slack/service.js'
import type { DatabaseWatch } from '../store/database-watch.js'
import type { MessageStore } from '../store/messages.js'
import type { RoleStore } from '../store/roles.js'
import type { SessionStore } from '../store/sessions.js'
import type { TokenStore } from '../store/tokens.js'
import type { TurnStore } from '../store/turns.js'
import type { TurnService } from '../turns/service.js'
import type { Unstored } from '../turns/unstored.js'

/** What the routes need; made by the composition root. */
export interface Services {
  version: string
  /** Changes with every build, so that a client can tell that its daemon is of another one. */
  build: string
  log: Log
  access: Access
  limits: Limits
  sessions: SessionStore
  messages: MessageStore
  search: Search
  roles: RoleStore
  tokens: TokenStore
  turnStore: TurnStore
  turns: TurnService
  hints: Hints
  watch: DatabaseWatch
  metrics: Pick<Metrics, 'meters' | 'read'>
  backup: Backup
  /** How slow the sender of a file, or its reader, may be. */
  backupPace: Pace
  gateway: Gateway
  unstored: Unstored
  /** What an owner has spent today, and the budgets. */
  spend(owner: string): Promise<Spend>
  /** Where Slack is wanted. */
  slack?: Slack | undefined
  sse: SseTimes
  /** How long a stream's head waits for text where the client did not ask for events, ms. */
  headPatienceMs: number
  /** How ready the daemon is; the details take as long as the gateway does. */
  readiness(wanted: { details: boolean }): Promise<Ready>
  /** Begins an orderly shutdown. */
  shutDown(): void
}

export type App = OpenAPIHono<AppEnv>
export type Routes = (app: App, services: Services) => void
