import type { Client } from '../../shared/client/client.js'
import type { Usage } from '../../shared/contract/message.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Spend } from '../../shared/contract/spend.js'

export interface Cost {
  /** Of the session; undefined where nothing was counted. */
  readonly usage: Usage | undefined
  /** Undefined where the daemon is too old to tell. */
  readonly spend: Spend | undefined
}

/** What a session has used up, and what was spent today. Throws ProblemError. */
export async function readCost(client: Client, sessionId: string): Promise<Cost> {
  const [{ usage }, spend] = await Promise.all([
    client.getSession(sessionId),
    client.spend().catch(unlessUnknown),
  ])
  return { usage, spend }
}

function unlessUnknown(error: unknown): undefined {
  if (error instanceof ProblemError && error.code === 'not_found') return
  throw error
}
