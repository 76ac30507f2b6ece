import { parseEnv } from 'node:util'

/*
 * The .env files are written for containers. Local processes read the same ones: a name of the compose
 * file's network becomes an address of this machine, and what only a container has is left out.
 */

export type Variables = Readonly<Record<string, string>>

/** Variables that are set to something. */
export function readVariables(text: string): Variables {
  const entries = Object.entries(parseEnv(text)).filter(([, value]) => value !== '')
  return Object.fromEntries(entries) as Variables
}

function hostOf(url: string | undefined): string | undefined {
  if (url === undefined) return undefined
  try {
    return new URL(url).hostname
  } catch {
    // Who reads the setting says what is wrong with it.
    return ''
  }
}

/** The gateway that is not one of ours; undefined when LiteLLM is to be started here. */
export function gatewayElsewhere({ LITELLM_ENDPOINT: url }: Variables): string | undefined {
  return url === undefined || hostOf(url) === 'litellm' ? undefined : onThisMachine(url)
}

/** For the daemon, without gateway: a database of the containers is the one that it manages itself here. */
export function daemonVariables(variables: Variables): Variables {
  const { LITELLM_ENDPOINT: _gateway, LITELLM_API_KEY: _key, ...kept } = variables
  const isContainers = (name: string): boolean =>
    ['C2A_DATABASE_URL', 'DATABASE_URL'].includes(name) && hostOf(kept[name]) === 'postgres'
  return mapped(kept, (name, value) => (isContainers(name) ? undefined : onThisMachine(value)))
}

/** Of a LiteLLM with a database: without Prisma it cannot use one, and would not start. */
const ofDatabase = ['DATABASE_URL', 'STORE_MODEL_IN_DB']
const ofRedis = ['REDIS_HOST', 'REDIS_PORT', 'REDIS_PASSWORD']

/** For LiteLLM, without address and Redis. `tokens` stands for the volume of logins. */
export function litellmVariables(variables: Variables, tokens: string): Variables {
  const left = ['PORT', 'LITELLM_IMAGE', ...ofDatabase, ...ofRedis]
  return mapped(variables, (name, value) => {
    if (left.includes(name)) return undefined
    return onThisMachine(value).replace(/^\/tokens(?=\/|$)/, tokens)
  })
}

function onThisMachine(value: string): string {
  return value.replaceAll('host.docker.internal', '127.0.0.1')
}

function mapped(
  variables: Variables,
  change: (name: string, value: string) => string | undefined,
): Variables {
  const entries = Object.entries(variables).flatMap(([name, value]) => {
    const changed = change(name, value)
    return changed === undefined ? [] : [[name, changed] as const]
  })
  return Object.fromEntries(entries)
}
