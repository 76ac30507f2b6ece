import { createClient } from '../../shared/client/client.js'
import type { MadeToken, NewToken } from '../../shared/contract/token.js'
import { open, type RawRequest, type TestDaemon } from './daemon.js'

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

/** An open stream, and whether the other side has ended it. */
export async function openStream(who: TestDaemon, path: string, raw: RawRequest = {}) {
  const response = await open(who, path, raw)
  if (response.statusCode !== 200) throw new Error(`no stream: ${response.statusCode}`)
  response.on('error', () => undefined)
  const state = { ended: false, response }
  response.on('close', () => {
    state.ended = true
  })
  response.resume()
  return state
}
