import { dirname, join } from 'node:path'
import { readSetting } from '../../shared/settings.js'
import { type DaemonStatus, readStatus } from '../personal/status.js'
import { localParts } from './local-down.js'
import { gatewayElsewhere } from './local-env.js'
import { readEnvFiles } from './local-up.js'
import { recall } from './memory.js'
import type { Part, PartName, Tools } from './part.js'
import { onPath } from './programs.js'
import { logOf, readRunning } from './record.js'
import type { PartStatus } from './status.js'

export async function localStatus(tools: Tools): Promise<PartStatus[]> {
  const { url: _remote, token: _token, ...own } = tools.config
  const daemon = await readStatus(own)
  const elsewhere = gatewayElsewhere(readEnvFiles(tools.place).daemon)
  const wanted: PartName[] = recall(tools.place).localModel
    ? ['redis', 'model', 'litellm']
    : ['redis', 'litellm']
  const parts = localParts(tools)
  const beside = await Promise.all(
    wanted
      .flatMap((name) => parts.filter((part) => part.name === name))
      .map((part) => {
        if (elsewhere !== undefined && readRunning(tools.place, part.name) === undefined) {
          return { name: part.name, ...elsewhereOf(part.name, elsewhere) }
        }
        return partStatus(tools, part)
      }),
  )
  return [postgresStatus(daemon, tools), ...beside, daemonStatus(daemon, tools)]
}

function elsewhereOf(name: PartName, url: string): Omit<PartStatus, 'name'> {
  if (name === 'litellm') return { state: 'elsewhere', address: url }
  return { state: 'elsewhere', note: "the gateway's own business" }
}

async function partStatus({ place, env }: Tools, part: Part): Promise<PartStatus> {
  const running = readRunning(place, part.name)
  const log = logOf(place, part.name)
  if (running === undefined) {
    const isMissing = part.name === 'redis' && onPath('redis-server', env) === undefined
    if (!isMissing) return { name: part.name, state: 'stopped', log }
    return { name: part.name, state: 'missing', note: 'redis-server is not installed' }
  }
  const isWell = await part.isWell(running.port).catch(() => false)
  return {
    ...{ name: part.name, state: isWell ? 'well' : 'unwell', log },
    ...{ address: running.address, pid: running.pid },
    ...(running.version !== undefined && { version: running.version }),
  }
}

function daemonStatus(daemon: DaemonStatus, { place, config }: Tools): PartStatus {
  const { home } = config
  const log = home.log
  if (!daemon.running) {
    return { name: 'daemon', state: daemon.busy ? 'unwell' : 'stopped', log }
  }
  const isStacks = readRunning(place, 'daemon')?.pid === daemon.pid
  const notes = [
    isStacks ? undefined : 'not started by c2a stack up',
    readSetting('url', config.env, config.file) && 'clients are set to another one (url)',
    daemon.problem,
  ].filter((note) => note !== undefined)
  return {
    ...{ name: 'daemon', state: daemon.ready ? 'well' : 'unwell', log },
    address: [`unix:${daemon.socket}`, daemon.listen && `http://${daemon.listen}`]
      .filter(Boolean)
      .join(' '),
    ...(daemon.version !== undefined && { version: daemon.version }),
    ...(daemon.pid !== undefined && { pid: daemon.pid }),
    ...(notes.length > 0 && { note: notes.join('; ') }),
  }
}

/** The daemon's own, or a server by URL. */
function postgresStatus(daemon: DaemonStatus, { config }: Tools): PartStatus {
  const { database, data_dir: data } = daemon
  if (database === undefined) return { name: 'postgres', state: 'stopped' }
  const version = database.version === null ? {} : { version: database.version }
  if (!database.managed) {
    const state = database.ok ? 'elsewhere' : 'unwell'
    return { name: 'postgres', state, ...version, note: 'a server of yours' }
  }
  const directory = data === undefined ? config.home.directory : dirname(data)
  return {
    ...{ name: 'postgres', state: database.ok ? 'well' : 'unwell', ...version },
    ...{ log: join(directory, 'postgres.log'), note: "the daemon's own" },
    ...(data !== undefined && { address: data }),
  }
}
