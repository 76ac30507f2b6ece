import { createRoute, problemResponses, security, z } from './common.js'

/**
 * Something has changed, and what it is now is to be asked for. `reset` stands for hints that may be
 * missing: everything that is shown has to be read again. Hints are not stored and have no ids.
 */
export type Hint =
  | {
      event: 'session.changed' | 'session.deleted' | 'role.changed' | 'role.deleted'
      data: { id: string }
    }
  /** It began or ended. */
  | { event: 'turn.changed'; data: { id: string; session_id: string } }
  /** How the gateway stands as this daemon sees it: first when it is known, then at each change. */
  | { event: 'gateway.changed'; data: { reachable: boolean } }
  | { event: 'reset'; data: Record<string, never> }

export const followHints = createRoute({
  method: 'get',
  path: '/api/events',
  tags: ['events'],
  security,
  summary: 'Hints of what has changed, by whomever',
  description:
    'Server-sent events: ready, once, when nothing is missed any more; then session.changed, ' +
    'session.deleted, turn.changed, role.changed, role.deleted, each with {id} (turn.changed also ' +
    'with session_id); gateway.changed with {reachable}; and reset when hints may be missing. ' +
    'docs/protocol.md has each.',
  responses: {
    200: {
      description: 'A stream without an end',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...problemResponses('shutting_down'),
  },
})
