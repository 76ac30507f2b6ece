import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ProblemError } from '../../shared/contract/problem.js'
import { lendSettings, takeBackSettings } from './client-settings.js'
import { parseContainers } from './compose-status.js'
import type { Engine } from './engine.js'
import { gatewayElsewhere, readVariables } from './local-env.js'
import type { LogsOptions } from './local-logs.js'
import type { Tools } from './part.js'
import { prepareImage } from './place.js'
import type { PartStatus } from './status.js'

/** Where docker-compose.yml publishes the daemon. */
export const published = 'http://127.0.0.1:3001'

export async function upCompose(
  tools: Tools,
  engine: Engine,
  profiles: readonly string[],
): Promise<void> {
  const { place, config, say } = tools
  prepareImage(place)
  const variables = readVariables(readFileSync(join(place.directory, '.env.daemon'), 'utf8'))
  const elsewhere = gatewayElsewhere(variables) !== undefined
  const none = elsewhere ? ['--scale', 'litellm=0', '--scale', 'redis=0'] : []
  const asked = profiles.flatMap((profile) => ['--profile', profile])
  // The image is of the sources, or of the package, of now.
  await compose(tools, engine, [...asked, 'up', '--detach', '--wait', '--build', ...none])
  const token = variables['C2A_ADMIN_TOKEN']
  if (token === undefined) {
    say('.env.daemon has no C2A_ADMIN_TOKEN: clients need one (c2a config set token)')
    return
  }
  lendSettings(place, config, { url: published, token })
  say(`clients use ${published} from now on (config.json); c2a stack down puts that back`)
  const winning = ['C2A_URL', 'C2A_TOKEN'].filter((name) => tools.env[name])
  if (winning.length > 0) say(`${winning.join(' and ')} in the environment win over that`)
}

export async function downCompose(tools: Tools, engine: Engine, { force }: { force: boolean }) {
  // Profiles that are not asked for would stay.
  const at = force ? ['--timeout', '0'] : []
  await compose(tools, engine, ['--profile', '*', 'down', ...at])
  takeBackSettings(tools.place, tools.config)
}

/** Made again, for a restart would not see what has changed in an env file. */
export async function restartCompose(tools: Tools, engine: Engine, service: string | undefined) {
  const one = service === undefined ? [] : ['--no-deps', service]
  await compose(tools, engine, ['up', '--detach', '--wait', '--force-recreate', ...one])
}

export async function logsCompose(tools: Tools, engine: Engine, options: LogsOptions) {
  const { service, follow, lines } = options
  const more = [...(follow ? ['--follow'] : []), ...(service === undefined ? [] : [service])]
  await compose(tools, engine, ['logs', '--tail', String(lines), ...more], 'stdout')
}

export async function statusCompose(tools: Tools, engine: Engine): Promise<PartStatus[]> {
  const [program = '', ...args] = commandOf(tools, engine)
  const ps = ['--profile', '*', 'ps', '--all', '--format', 'json']
  const { code, stdout, stderr } = await tools.ask(program, [...args, ...ps])
  if (code === 0) return parseContainers(stdout)
  throw new ProblemError('internal', `${program} does not say how the containers stand`, {
    hint: stderr.trim().slice(-500),
  })
}

function commandOf({ place }: Tools, { command }: Engine): string[] {
  const file = join(place.directory, 'docker-compose.yml')
  return [...command, '--project-directory', place.directory, '--file', file]
}

/** Runs compose with its own words on our stderr, its stdout too unless that is asked for. */
function compose(
  tools: Tools,
  engine: Engine,
  args: readonly string[],
  out: 'stdout' | 'stderr' = 'stderr',
): Promise<void> {
  const [program = '', ...before] = commandOf(tools, engine)
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...before, ...args], {
      cwd: tools.place.directory,
      env: tools.env,
      stdio: ['inherit', out === 'stdout' ? 'inherit' : 2, 'inherit'],
    })
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) return resolve()
      const what = `${engine.command.join(' ')} ${args[args.indexOf('*') + 1] ?? ''}`
      reject(
        new ProblemError('internal', `${what.trim()} failed (${code ?? 'by a signal'})`, {
          hint: 'What it printed is above; c2a stack logs shows the containers’ own words.',
        }),
      )
    })
  })
}
