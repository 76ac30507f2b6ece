import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ProblemError } from '../../shared/contract/problem.js'
import { gatewayElsewhere, readVariables } from './local-env.js'
import { choosePort, endProcess, hashOf, launchPart, waitFor } from './local-process.js'
import type { EnvFiles, Part, Tools } from './part.js'
import { bringUpDaemon, type Gateway, refuseDaemonByHand } from './parts/daemon.js'
import { litellmPart } from './parts/litellm.js'
import { modelPart } from './parts/model.js'
import { redisPart } from './parts/redis.js'
import type { Place } from './place.js'
import { type PartRecord, readRunning } from './record.js'

export function readEnvFiles({ directory }: Place): EnvFiles {
  const read = (name: string) => {
    const path = join(directory, `.env.${name}`)
    return existsSync(path) ? readVariables(readFileSync(path, 'utf8')) : {}
  }
  return { daemon: read('daemon'), litellm: read('litellm'), redis: read('redis') }
}

/** Brings up everything as local processes, in order; what runs already and is well stays. */
export async function upLocal(tools: Tools, options: { localModel: boolean }): Promise<void> {
  refuseDaemonByHand(tools)
  const files = readEnvFiles(tools.place)
  const gateway = await bringUpGateway(tools, files, options)
  if (!options.localModel) return bringUpDaemon(tools, files.daemon, gateway)
  const { C2A_MODEL: other } = tools.env
  if (other && other !== 'local') tools.say(`C2A_MODEL=${other} in the environment wins over local`)
  await bringUpDaemon(tools, { ...files.daemon, C2A_MODEL: 'local' }, gateway)
}

async function bringUpGateway(
  tools: Tools,
  { daemon, litellm, redis }: EnvFiles,
  { localModel }: { localModel: boolean },
): Promise<Gateway | undefined> {
  const elsewhere = gatewayElsewhere(daemon)
  if (elsewhere !== undefined) {
    if (localModel) throw new ProblemError('invalid_request', clash)
    tools.say(`LiteLLM is elsewhere, at ${elsewhere} (.env.daemon)`)
    return { url: elsewhere, key: daemon['LITELLM_API_KEY'] }
  }
  const cache = await bringUp(tools, redisPart(tools, redis))
  const model = localModel ? modelPart(tools) : undefined
  const modelPort = model && (await bringUp(tools, model, { needed: true }))
  const beside = {
    redis:
      cache === undefined ? undefined : { port: cache, password: redis['REDIS_PASSWORD'] ?? '' },
    model: modelPort === undefined ? undefined : model?.address(modelPort),
  }
  const part = litellmPart(tools, litellm, beside)
  const port = await bringUp(tools, part, { needed: localModel })
  if (port === undefined) return undefined
  return {
    url: part.address(port),
    key: daemon['LITELLM_API_KEY'] ?? litellm['LITELLM_MASTER_KEY'],
    own: true,
  }
}

const clash = 'LITELLM_ENDPOINT in .env.daemon names another gateway, which has no local model'

/** The port of a part that is well then; undefined where it is missing, which is told in a line. */
async function bringUp(
  tools: Tools,
  part: Part,
  { needed = false } = {},
): Promise<number | undefined> {
  const { place, say } = tools
  const running = readRunning(place, part.name)
  if (running !== undefined) {
    const same = running.of === hashOf(part.of)
    if (same && (await staysAsItIs(tools, part, running))) return running.port
    const why = same ? 'does not answer; it is started again' : 'gets new settings'
    say(`${part.title} ${why}`)
    await endProcess(tools, part, running, { force: same })
  }
  const port = await choosePort(tools, part)
  const launch = await part.prepare(port)
  if ('why' in launch) {
    if (needed) throw new ProblemError('invalid_request', launch.why, { hint: launch.fix })
    say(`${launch.why}. ${launch.fix}`)
    return undefined
  }
  await launchPart(tools, part, port, launch)
  return port
}

async function staysAsItIs(tools: Tools, part: Part, running: PartRecord): Promise<boolean> {
  if (await part.isWell(running.port).catch(() => false)) {
    tools.say(`${part.title} runs already`)
    return true
  }
  // An `up` that was interrupted has left it while it was starting.
  const left = part.patienceMs - (Date.now() - Date.parse(running.started_at))
  if (!(left > 0)) return false
  return waitFor(tools, part, running, left).then(
    () => true,
    () => false,
  )
}
