import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '../../../shared/settings.js'
import { litellmVariables, type Variables } from '../local-env.js'
import type { Missing, Part, Tools } from '../part.js'
import { isWellAt } from './http-well.js'
import { findLitellm } from './litellm-program.js'

interface Beside {
  readonly redis?: { readonly port: number; readonly password: string } | undefined
  /** Where the local model answers. */
  readonly model?: string | undefined
}

/** LiteLLM with litellm/config.yaml, or config.redis.yaml where there is a Redis. */
export function litellmPart(tools: Tools, variables: Variables, { redis, model }: Beside): Part {
  const { place } = tools
  const name = redis === undefined ? 'config.yaml' : 'config.redis.yaml'
  const config = join(place.directory, 'litellm', name)
  const own: Record<string, string> = {
    ...litellmVariables(variables, join(place.state, 'tokens')),
    ...(redis && {
      ...{ REDIS_HOST: '127.0.0.1', REDIS_PORT: String(redis.port) },
      REDIS_PASSWORD: redis.password,
    }),
    ...(model !== undefined && { LOCAL_API_BASE: `${model}/v1` }),
    // Else it reads a file .env of wherever it stands.
    LITELLM_MODE: 'PRODUCTION',
  }
  return {
    name: 'litellm',
    title: 'LiteLLM',
    of: JSON.stringify([name, own, variables['PORT'], configTexts(place.directory)]),
    port: Number(variables['PORT']) || 4_141,
    // Ten seconds of computing, more where others compute too.
    patienceMs: 120_000,
    leaving: {
      ms: 65_000,
      hint: 'waits for calls that hang, up to a minute (down --force does not)',
    },
    address: (port) => `http://127.0.0.1:${port}`,
    isWell: (port) => isWellAt(`http://127.0.0.1:${port}/health/liveliness`),
    async prepare(port) {
      if (own['LITELLM_MASTER_KEY'] === undefined) return noKey
      const found = await findLitellm(tools)
      if ('why' in found) return found
      const args = ['--config', config, '--host', '127.0.0.1', '--port', String(port)]
      return {
        command: found.command,
        args: [...args, '--num_workers', '1'],
        env: { ...withoutOthers(tools.env), ...own },
        version: found.version,
      }
    },
  }
}

const noKey: Missing = {
  why: 'LITELLM_MASTER_KEY in .env.litellm is missing',
  fix: 'Take the line away; c2a stack init makes a new one.',
}

/** The shell's provider keys count; a database or a port of another project's does not. */
function withoutOthers(env: Environment): Environment {
  const ours = ['DATABASE_URL', 'STORE_MODEL_IN_DB', 'PORT', 'HOST', 'NUM_WORKERS']
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.includes(name)))
}

function configTexts(directory: string): string[] {
  return ['config.yaml', 'config.redis.yaml'].map((name) => {
    try {
      return readFileSync(join(directory, 'litellm', name), 'utf8')
    } catch {
      // LiteLLM says so itself.
      return ''
    }
  })
}
