import { createClient } from '../../shared/client/client.js'
import type { MadeToken, NewToken } from '../../shared/contract/token.js'
import type { TestDaemon } from './daemon.js'

/** The daemon as somebody sees it who got a token from `local`. */
export interface Person extends TestDaemon {
  readonly made: MadeToken
}

/** Makes a token at `daemon` and gives the same daemon to whoever has it. */
export async function invite(
  daemon: TestDaemon,
  name: string,
  options: Omit<NewToken, 'name'> = {},
): Promise<Person> {
  const made = await daemon.client.createToken({ name, ...options })
  return { ...at(daemon, made.token), made }
}

/** A daemon, perhaps another one, for who has this token. */
export function at(daemon: TestDaemon, token: string): TestDaemon {
  const client = createClient({ target: { socketPath: daemon.socketPath }, token })
  return { ...daemon, token, client }
}
