import { readFileSync } from 'node:fs'
import { ProblemError } from '../shared/contract/problem.js'
import { type Home, homeOf } from '../shared/home.js'
import { type ConfigFile, type Environment, readSetting } from '../shared/settings.js'

/** What a client needs to know. Parsed by hand: `ask` cannot afford zod. */
export interface ClientConfig {
  env: Environment
  file: ConfigFile
  home: Home
  /** A remote daemon. */
  url?: string
  token?: string
}

/** A missing file is an empty one. Throws ProblemError `invalid_request` for one that cannot be read or is broken. */
function readConfigFile(path: string): ConfigFile {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return {}
    throw new ProblemError('invalid_request', `${path} cannot be read (${code})`, { cause: error })
  }
  try {
    const file: unknown = JSON.parse(text)
    if (typeof file === 'object' && file !== null && !Array.isArray(file)) return { ...file }
  } catch (error) {
    throw new ProblemError('invalid_request', `${path} is not valid JSON`, {
      cause: error,
      hint: 'Mend it; c2a doctor says how.',
    })
  }
  throw new ProblemError('invalid_request', `${path} must hold a JSON object`)
}

/** For who must go on where the configuration cannot be read. */
export function processEnvironment(): Environment {
  return process.env
}

export function loadClientConfig(env: Environment = processEnvironment()): ClientConfig {
  const home = homeOf(env)
  const file = readConfigFile(home.config)
  const url = readSetting('url', env, file)?.value
  const token = readSetting('token', env, file)?.value
  return {
    env,
    file,
    home,
    ...(url !== undefined && { url }),
    ...(token !== undefined && { token }),
  }
}
