import { type Client, createClient } from '../../shared/client/client.js'
import { parseTarget } from '../../shared/client/transport.js'
import { aboutParam, paramNames } from '../../shared/contract/param-table.js'
import { settingKeys, settings } from '../../shared/settings.js'
import { within } from '../../shared/within.js'
import { loadClientConfig } from '../config.js'
import { readToken } from '../personal/find.js'
import { readDaemonFile } from '../personal/presence.js'
import type { Candidate, NameKind } from './candidates.js'

/** Somebody has pressed a key and looks at the line, ms. */
const patienceMs = 1_000
/** The latest ones: nobody reads more. */
const mostSessions = 50

/** What c2a stack has, in containers or without. */
const services = ['postgres', 'redis', 'litellm', 'model', 'daemon', 'openwebui']

/** The names of a kind; none where a daemon would have to be started for them, or is slow. */
export async function namesOf(kind: NameKind): Promise<Candidate[]> {
  if (kind === 'settings') {
    return settingKeys.map((word) => ({ word, about: settings[word].summary }))
  }
  if (kind === 'params') {
    return paramNames.map((name) => ({ word: `${name}=`, about: aboutParam(name) }))
  }
  if (kind === 'services') {
    return services.map((word) => ({ word, about: '' }))
  }
  const client = running()
  if (client === undefined) return []
  try {
    return await within(patienceMs, ask(client, kind), () => [])
  } catch {
    return []
  } finally {
    client.close()
  }
}

function running(): Client | undefined {
  try {
    const { url, token, home } = loadClientConfig()
    if (url !== undefined) return createClient({ target: parseTarget(url), token })
    const file = readDaemonFile(home)
    return file && createClient({ target: { socketPath: file.socket }, token: readToken(home) })
  } catch {
    return undefined
  }
}

async function ask(
  client: Client,
  kind: Exclude<NameKind, 'settings' | 'params' | 'services'>,
): Promise<Candidate[]> {
  switch (kind) {
    case 'models':
      return (await client.listModels()).data.map(({ id }) => ({ word: id, about: '' }))
    case 'roles':
      return (await client.listRoles()).map(({ name }) => ({ word: name, about: '' }))
    case 'tokens':
      return (await client.listTokens()).map(({ name }) => ({ word: name, about: '' }))
    case 'sessions': {
      const sessions = await client.listSessions(mostSessions)
      return sessions.map(({ id, title }) => ({ word: id.slice(0, 8), about: title }))
    }
  }
}
