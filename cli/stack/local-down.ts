import { endProcess } from './local-process.js'
import { readEnvFiles } from './local-up.js'
import type { Part, Tools } from './part.js'
import { bringDownDaemon } from './parts/daemon.js'
import { litellmPart } from './parts/litellm.js'
import { modelPart } from './parts/model.js'
import { redisPart } from './parts/redis.js'
import { readRunning, removeRecord } from './record.js'

/** The parts beside the daemon in the order in which they end: nobody loses what it needs. */
export function localParts(tools: Tools): Part[] {
  const { litellm, redis } = readEnvFiles(tools.place)
  return [litellmPart(tools, litellm, {}), modelPart(tools), redisPart(tools, redis)]
}

/** Stops what `up` started, the daemon first. Gives the names of what was stopped. */
export async function downLocal(tools: Tools, { force }: { force: boolean }): Promise<string[]> {
  const stopped: string[] = []
  if (await bringDownDaemon(tools, { now: force })) stopped.push('daemon')
  for (const part of localParts(tools)) {
    if (await stopPart(tools, part, { force })) stopped.push(part.name)
  }
  return stopped
}

export async function stopPart(
  tools: Tools,
  part: Part,
  options: { force: boolean },
): Promise<boolean> {
  const running = readRunning(tools.place, part.name)
  if (running === undefined) return false
  await endProcess(tools, part, running, options)
  removeRecord(tools.place, part.name)
  return true
}
