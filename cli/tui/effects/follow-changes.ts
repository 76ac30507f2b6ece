import { followHints } from '../../../shared/client/follow-hints.js'
import type { Hint } from '../../../shared/contract/hint.js'
import { calmly } from './calmly.js'
import { type Deps, noticeProblem } from './deps.js'
import { readModels } from './models.js'
import type { Roles } from './roles.js'
import type { Sessions } from './sessions.js'

/** Others may change something many times a second; a list is read again after so long, ms. */
const restMs = 100

/** Keeps lists and the open session as they are, whoever changes them, until `signal` aborts. */
export async function followChanges(
  deps: Deps,
  { sessions, roles }: { sessions: Sessions; roles: Roles },
  signal: AbortSignal,
): Promise<void> {
  const { link, store } = deps
  const told = async (work: Promise<void>): Promise<void> => {
    try {
      await work
    } catch (error) {
      // Left meanwhile: there is nobody to tell.
      if (!signal.aborted) noticeProblem(deps, error)
    }
  }
  const readSessions = calmly(() => told(sessions.refresh()), { restMs, signal })
  const readRoles = calmly(() => told(roles.refresh()), { restMs, signal })
  const showGateway = (isReachable: boolean): void => {
    const isBack = isReachable && store.state.isGatewayAway
    store.dispatch({ type: 'gateway', isAway: !isReachable })
    // It may have come back with other models.
    if (isBack) void told(readModels(deps, true))
  }
  const onHints = (hints: readonly Hint[]): void => {
    const names = new Set(hints.map(({ event }) => event.split('.')[0]))
    for (const { event, data } of hints) {
      if (event === 'session.deleted') void told(sessions.gone(data.id))
      if (event === 'gateway.changed') showGateway(data.reachable)
    }
    if (names.has('session') || names.has('turn') || names.has('reset')) readSessions()
    if (names.has('role') || names.has('reset')) readRoles()
  }
  await told(
    followHints({
      ...{ signal, onHints },
      async open() {
        await link.online()
        return link.once((client) => client.events(signal))
      },
    }),
  )
}
