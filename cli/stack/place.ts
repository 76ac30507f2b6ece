import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ProblemError } from '../../shared/contract/problem.js'
import { prepareHome } from '../../shared/prepare-home.js'
import type { ClientConfig } from '../config.js'
import { checkHome } from '../personal/own-home.js'
import { copiedByImage, packageDockerfile } from './package-image.js'

/** Where the stack's files are: what a user edits, and what it keeps while it runs. */
export interface Place {
  /** The checkout, or the npm package. */
  readonly packageRoot: string
  /** docker-compose.yml, the .env files, litellm/: the checkout itself, else a copy of the package's. */
  readonly directory: string
  /** Logs, records of processes, virtual environments. */
  readonly state: string
}

/** What the stack needs of a package, besides the image. `.env.*.example` are added by name. */
const stackFiles = ['docker-compose.yml', 'deploy', 'litellm', 'sql']
const envNames = ['daemon', 'litellm', 'openwebui', 'postgres', 'redis']

export const stateOf = (home: ClientConfig['home']): string => join(home.directory, 'services')

export function placeOf({ env, home }: ClientConfig): Place {
  const packageRoot = resolve(fileURLToPath(new URL('..', import.meta.url)))
  const state = stateOf(home)
  const named = env['C2A_STACK_DIR']
  if (named) {
    if (isAbsolute(named)) return { packageRoot, directory: resolve(named), state }
    throw new ProblemError('invalid_request', `C2A_STACK_DIR must be absolute, not "${named}"`)
  }
  // As the launcher tells a checkout.
  const isCheckout = existsSync(join(packageRoot, 'scripts', 'ready.cjs'))
  const directory = isCheckout ? packageRoot : join(dirname(home.config), 'stack')
  return { packageRoot, directory, state }
}

/** Makes both directories, closed to others, and the package's files in the first. */
export function preparePlace(place: Place, config: Pick<ClientConfig, 'home'>): void {
  checkHome(config.home)
  // Refused now, and not by the daemon once all else is there.
  prepareHome(config.home)
  for (const directory of [place.state, place.directory]) {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
  }
  copyPackage(place)
}

/** Configuration that a user edits: what is there stays. The rest goes with the package's version. */
const edited = ['deploy', 'litellm']

function copyPackage({ packageRoot, directory }: Place): void {
  if (directory === packageRoot) return
  for (const name of [...stackFiles, ...envNames.map((name) => `.env.${name}.example`)]) {
    const force = !edited.includes(name)
    cpSync(join(packageRoot, name), join(directory, name), { recursive: true, force })
  }
}

/** For containers: what the image is built of, where that is not the checkout. */
export function prepareImage({ packageRoot, directory }: Place): void {
  if (directory === packageRoot) return
  const dockerfile = readFileSync(join(packageRoot, 'Dockerfile'), 'utf8')
  const copied = copiedByImage(dockerfile)
  for (const name of copied) {
    cpSync(join(packageRoot, name), join(directory, name), {
      ...{ recursive: true, force: true },
      // Not compiled code, which comes and goes while others run.
      filter: (path) => !/(\.cache|\.map|\.busy)$/.test(path),
    })
  }
  writeFileSync(join(directory, 'Dockerfile'), packageDockerfile(dockerfile))
  writeFileSync(join(directory, '.dockerignore'), `*\n${copied.map((one) => `!${one}\n`).join('')}`)
}
