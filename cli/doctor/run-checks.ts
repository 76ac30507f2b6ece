import { build, engines, version } from '../../shared/build.js'
import { type Home, homeOf } from '../../shared/home.js'
import type { Environment } from '../../shared/settings.js'
import { type ClientConfig, loadClientConfig } from '../config.js'
import { readDaemonFile } from '../personal/presence.js'
import type { TerminalTraits } from '../tui/terminal/probe.js'
import { type Check, type CheckId, checkIds, type Finding, notChecked, titles } from './check.js'
import { type DaemonLook, failureOf, lookAtDaemon } from './daemon-check.js'
import { homeFinding, seeFile } from './home-check.js'
import { nodeFinding } from './node-check.js'
import { knownSecrets, withoutSecrets } from './secrets.js'
import { addressRefusal, settingsFinding } from './settings-check.js'
import { shellWord } from './shell-word.js'
import { terminalFinding } from './terminal-check.js'
import { type Question, throughDaemon } from './through-daemon.js'

export interface DoctorOptions extends Question {
  readonly env: Environment
  /** What the terminal said of itself, if it was asked. */
  readonly traits: TerminalTraits | undefined
}

/** All checks under way at once, in the order in which they are to be shown. None rejects. */
export function startChecks(options: DoctorOptions): Promise<Check>[] {
  const { env } = options
  const home = attempt(() => homeOf(env))
  const config = attempt(() => loadClientConfig(env))
  const settings =
    'value' in config ? settingsFinding(config.value) : brokenFile(config.error, home)
  const daemon = startDaemon(config, settings)
  const findings: Record<CheckId, Finding | Promise<Finding>> = {
    node: nodeFinding(process.version, engines, { version, build }),
    home: 'value' in home ? homeFindingOf(home.value, env) : failureOf(home.error),
    settings,
    terminal: terminalHere(options),
    daemon: daemon.then(({ finding }) => finding),
    ...throughDaemon(daemon, options),
  }
  const isRemote = 'value' in config && config.value.url !== undefined
  return checkIds.map(async (id) => {
    const finding = await Promise.resolve(findings[id]).catch((error) => failureOf(error))
    const mended = isRemote && ofDaemon.includes(id) ? thereToo(finding) : finding
    // Not before: the first start makes the token.
    const secrets = 'value' in config ? knownSecrets(config.value) : []
    return { id, title: titles[id], ...withoutSecrets(mended, secrets) }
  })
}

/** What can only be mended where the daemon runs. */
const ofDaemon: readonly CheckId[] = ['database', 'gateway', 'models']

function thereToo(finding: Finding): Finding {
  const { fix } = finding
  return fix === undefined ? finding : { ...finding, fix: `Where the daemon runs: ${fix}` }
}

type Attempt<Value> = { value: Value } | { error: unknown }

function attempt<Value>(work: () => Value): Attempt<Value> {
  try {
    return { value: work() }
  } catch (error) {
    return { error }
  }
}

function brokenFile(error: unknown, home: Attempt<Home>): Finding {
  if (!('value' in home)) return notChecked('where they are is not known')
  const path = shellWord(home.value.config)
  const cause = error instanceof Error ? error.cause : undefined
  const isClosed = cause instanceof Error && 'code' in cause && cause.code === 'EACCES'
  return failureOf(
    error,
    isClosed ? `sudo chown "$(id -un)" ${path}` : `Mend it, or: mv ${path} ${path}.old`,
  )
}

function homeFindingOf(home: Home, env: Environment): Finding {
  const socket = readDaemonFile(home)?.socket ?? home.socket
  return homeFinding({ home, env, socket, us: process.getuid?.(), see: seeFile })
}

function terminalHere({ env, traits }: DoctorOptions): Finding {
  const { isTTY, columns = 0, rows = 0 } = process.stdout
  return terminalFinding({ env, isTTY, columns, rows, traits })
}

/** With settings that it would refuse our own is not even looked for. */
async function startDaemon(config: Attempt<ClientConfig>, settings: Finding): Promise<DaemonLook> {
  if (!('value' in config)) return { finding: notChecked('the settings cannot be read') }
  const { url } = config.value
  if (url === undefined && settings.status === 'fail') {
    return { finding: notChecked('it does not start with these settings') }
  }
  if (url !== undefined && addressRefusal(url) !== undefined) {
    return { finding: notChecked('its address is none') }
  }
  return lookAtDaemon(config.value)
}
