import type { Client } from '../../shared/client/client.js'
import type { ProblemError } from '../../shared/contract/problem.js'
import type { ClientConfig } from '../config.js'
import { connectToDaemon, reconnectMs } from '../connect.js'
import type { Answer } from './answer.js'

/** How a command follows an answer: what happens on the way is told in the middle of it. */
export function followingInto(answer: Answer, config: ClientConfig, client: Client) {
  let first: Client | undefined = client
  return {
    reconnectMs,
    // Anew after each break: the daemon may have moved.
    async connect(): Promise<Client> {
      const connected = first ?? (await connectToDaemon(config))
      first = undefined
      return connected
    },
    onBreak(problem: ProblemError | undefined): void {
      const isTooFast = problem?.code === 'rate_limited_client'
      const why = isTooFast ? `${problem.message}; waiting` : undefined
      answer.note(why ?? 'the connection to the daemon broke; reconnecting')
    },
    onStall(stalled: boolean): void {
      if (stalled && process.stderr.isTTY) {
        answer.note('the database is away; the answer waits for it')
      }
    },
    onEvents: answer.take,
  }
}
