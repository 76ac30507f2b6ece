import { ProblemError } from '../../shared/contract/problem.js'
import { type ClientConfig, loadClientConfig } from '../config.js'
import { exitWith } from '../output/exit.js'
import { printJson, printLines } from '../output/print.js'
import { say } from '../output/report.js'
import { backUp, restore } from './backup.js'
import { keepSetting, takeBackSettings } from './client-settings.js'
import { downCompose, logsCompose, restartCompose, statusCompose, upCompose } from './compose.js'
import { type Engine, findEngine } from './engine.js'
import { makeEnvFiles } from './init.js'
import { downLocal, localParts, stopPart } from './local-down.js'
import { type LogsOptions, localLogs, unknownService } from './local-logs.js'
import { localStatus } from './local-status.js'
import { upLocal } from './local-up.js'
import { recall, remember } from './memory.js'
import type { Tools } from './part.js'
import { bringDownDaemon, daemonThatStays } from './parts/daemon.js'
import { placeOf, preparePlace, stateOf } from './place.js'
import { printParts } from './print-parts.js'
import { asker } from './programs.js'
import { readRunning } from './record.js'
import { isAllWell, type StackStatus } from './status.js'
import { withTurn } from './turn.js'
import { realClock } from './wait.js'

/* What `c2a stack` does: the one root of all that is in this folder, for other commands as well. */

export { keepSetting }

export interface UpOptions {
  readonly local: boolean
  /** Undefined: as the last time. */
  readonly localModel: boolean | undefined
  readonly profiles: readonly string[]
}

const notWell = 3

function toolsOf(config: ClientConfig = loadClientConfig()): Tools {
  const { env } = config
  return { config, env, place: placeOf(config), clock: realClock, ask: asker(env), say }
}

export function runInit(): void {
  const tools = toolsOf()
  const done = makeEnvFiles(tools.place, tools.config)
  const said = done.length > 0 ? done : ['all .env files are there and up to date']
  printLines([`in ${tools.place.directory}:`, ...said.map((line) => `  ${line}`)])
}

export async function runUp({ local, localModel, profiles }: UpOptions): Promise<void> {
  const tools = toolsOf()
  for (const line of makeEnvFiles(tools.place, tools.config)) say(line)
  await withTurn(tools.place, async () => {
    const wantsModel = localModel ?? recall(tools.place).localModel ?? false
    if (wantsModel && localModel === undefined) {
      say('with the local model, as the last time (--no-local-model leaves it out)')
    }
    const engine = local || wantsModel ? undefined : await engineFor(tools)
    await leaveOther(tools, engine === undefined ? 'local' : 'compose')
    if (engine !== undefined) {
      say(`using ${engine.command.join(' ')} ${engine.version}`)
      remember(tools.place, { mode: 'compose' })
      await upCompose(tools, engine, profiles)
      return
    }
    if (profiles.length > 0) {
      throw new ProblemError('invalid_request', '--profile is for containers, and there are none')
    }
    remember(tools.place, { mode: 'local', localModel: wantsModel })
    await upLocal(tools, { localModel: wantsModel })
  })
  await printStatus(toolsOf(), false)
}

async function engineFor({ ask }: Tools): Promise<Engine | undefined> {
  const found = await findEngine(ask)
  if ('engine' in found) return found.engine
  say(`using local processes, since ${found.why}. ${found.fix}`)
  return undefined
}

/** What runs the other way would have our ports, or our clients. */
async function leaveOther(tools: Tools, mode: StackStatus['mode']): Promise<void> {
  const { mode: last } = recall(tools.place)
  if (last === 'local' && mode === 'compose') await downLocal(tools, { force: false })
  if (last !== 'compose' || mode !== 'local') return
  const found = await findEngine(tools.ask)
  if ('engine' in found) await downCompose(tools, found.engine, { force: false })
  else takeBackSettings(tools.place, tools.config)
}

/** How it was brought up. */
async function engineOfLast(tools: Tools): Promise<Engine | undefined> {
  if (recall(tools.place).mode !== 'compose') return undefined
  const found = await findEngine(tools.ask)
  if ('engine' in found) return found.engine
  throw new ProblemError('internal', `the stack is in containers, but ${found.why}`, {
    hint: found.fix,
  })
}

export async function runDown({ force }: { force: boolean }): Promise<void> {
  const tools = toolsOf()
  preparePlace(tools.place, tools.config)
  await withTurn(tools.place, async () => {
    const engine = await engineOfLast(tools)
    if (engine !== undefined) return downCompose(tools, engine, { force })
    const stopped = await downLocal(tools, { force })
    takeBackSettings(tools.place, tools.config)
    const words =
      stopped.length > 0 ? `stopped: ${stopped.join(', ')}` : 'nothing of it was running'
    printLines([words])
    const left = daemonThatStays(tools)
    if (left !== undefined) say(left)
  })
}

export async function runRestart(service: string | undefined, { force }: { force: boolean }) {
  const tools = toolsOf()
  for (const line of makeEnvFiles(tools.place, tools.config)) say(line)
  await withTurn(tools.place, async () => {
    const engine = await engineOfLast(tools)
    if (engine !== undefined) return restartCompose(tools, engine, service)
    if (service === undefined) await downLocal(tools, { force })
    // The daemon's own goes with it.
    else if (['daemon', 'postgres'].includes(service)) await bringDownDaemon(tools, { now: force })
    else {
      const part = localParts(tools).find(({ name }) => name === service)
      if (part === undefined) throw unknownService(service, await localStatus(tools))
      await stopPart(tools, part, { force })
    }
    await upLocal(tools, { localModel: recall(tools.place).localModel ?? false })
  })
  await printStatus(toolsOf(), false)
}

export async function runStatus({ json }: { json: boolean }): Promise<void> {
  const status = await printStatus(toolsOf(), json)
  exitWith(isAllWell(status) ? 0 : notWell)
}

async function printStatus(tools: Tools, json: boolean): Promise<StackStatus> {
  const engine = await engineOfLast(tools)
  const mode = engine === undefined ? 'local' : 'compose'
  const parts = await (engine === undefined ? localStatus(tools) : statusCompose(tools, engine))
  if (json) printJson({ mode, directory: tools.place.directory, parts })
  else printParts(parts, tools.env)
  return { mode, parts }
}

export async function runLogs(options: LogsOptions): Promise<void> {
  const tools = toolsOf()
  const engine = await engineOfLast(tools)
  if (engine !== undefined) return logsCompose(tools, engine, options)
  await localLogs(tools, options)
}

export async function runBackup(file: string): Promise<void> {
  await backUp(toolsOf(), file)
}

export async function runRestore(file: string, options: { json: boolean }): Promise<void> {
  await restore(toolsOf(), file, options)
}

/** Whether `up` started this daemon. */
export function isOfStack(home: ClientConfig['home'], pid: number): boolean {
  return readRunning({ state: stateOf(home) }, 'daemon')?.pid === pid
}
