import { type Client, createClient } from '../shared/client/client.js'
import { parseTarget } from '../shared/client/transport.js'
import { type ClientConfig, loadClientConfig } from './config.js'
import { say } from './output/report.js'
import { findDaemon, readToken, startDaemon } from './personal/find.js'

/** How long to try to get back to a daemon that went away, ms. */
export const reconnectMs = 60_000

/**
 * A client to the daemon that the configuration names, or to the user's own, which is started if it
 * does not run. `tell` gets what the user should know. Throws ProblemError `daemon_unreachable`.
 */
export async function connectToDaemon(
  config: ClientConfig,
  tell: (text: string) => void = say,
): Promise<Client> {
  if (config.url !== undefined) {
    return createClient({ target: parseTarget(config.url), token: config.token })
  }
  const personal = (socketPath: string) => ({
    target: { socketPath },
    token: readToken(config.home),
  })
  return createClient({
    ...personal(await findDaemon(config, tell)),
    revive: async () => personal(await startDaemon(config)),
  })
}

/** Connects, does one thing, and lets go. */
export async function withClient<Result>(
  use: (client: Client, config: ClientConfig) => Promise<Result>,
): Promise<Result> {
  const config = loadClientConfig()
  const client = await connectToDaemon(config)
  try {
    return await use(client, config)
  } finally {
    client.close()
  }
}
