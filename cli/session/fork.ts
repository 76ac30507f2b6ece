import type { Client } from '../../shared/client/client.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { ForkWanted, Session } from '../../shared/contract/session.js'

/** A new session of what one shows. Throws ProblemError, also where the daemon cannot do that yet. */
export async function forkSession(
  client: Pick<Client, 'forkSession'>,
  id: string,
  wanted: ForkWanted,
): Promise<Session> {
  try {
    return await client.forkSession(id, wanted)
  } catch (error) {
    // As it calls every path that it does not know.
    const isUnknown = error instanceof ProblemError && error.message.startsWith('no such endpoint')
    if (!isUnknown) throw error
    throw new ProblemError('not_found', 'this daemon is too old to fork sessions', {
      hint: 'Update it; nothing was changed.',
      cause: error,
    })
  }
}
