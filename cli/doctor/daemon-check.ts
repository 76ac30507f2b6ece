import { build, version } from '../../shared/build.js'
import { type Client, createClient } from '../../shared/client/client.js'
import { parseTarget } from '../../shared/client/transport.js'
import type { Health } from '../../shared/contract/health.js'
import { ProblemError, problems } from '../../shared/contract/problem.js'
import { type DaemonFile, homeFailure } from '../../shared/home.js'
import { settingsHash } from '../../shared/settings-hash.js'
import { within } from '../../shared/within.js'
import type { ClientConfig } from '../config.js'
import { connectToDaemon } from '../connect.js'
import { formatAge } from '../output/age.js'
import { howToRestart } from '../personal/not-renewed.js'
import { checkHome } from '../personal/own-home.js'
import { answers, daemonOwner, readDaemonFile } from '../personal/presence.js'
import { combined, type Finding, fail, ok, warn } from './check.js'

/** The first start makes a database; it gives up by itself a little earlier, ms. */
const startMs = 70_000
/** For an answer that needs no database, and for one that does, ms. */
const answerMs = 10_000

const restart = 'c2a daemon restart\nIf that does not help, see the log: c2a daemon logs'

/** The daemon at hand; `client` only where it answers and takes our token. */
export interface DaemonLook {
  readonly finding: Finding
  readonly client?: Client
}

/** Finds the daemon as every command does: the remote one, or our own, which is started if need be. */
export async function lookAtDaemon(config: ClientConfig): Promise<DaemonLook> {
  try {
    return await (config.url === undefined ? personal(config) : remote(config, config.url))
  } catch (error) {
    return { finding: failureOf(homeFailure(error, config.home)) }
  }
}

export function failureOf(error: unknown, fix = 'See the log: c2a daemon logs'): Finding {
  if (error instanceof ProblemError) {
    // The usual way out of this one is to ask the doctor.
    const { hint = fix } = error
    return fail(error.message, hint === problems.daemon_unreachable.hint ? restart : hint)
  }
  return fail(error instanceof Error ? error.message : String(error), fix)
}

async function personal(config: ClientConfig): Promise<DaemonLook> {
  const { home } = config
  checkHome(home)
  const before = readDaemonFile(home)
  const isThere = before !== undefined && (await answers(before.socket))
  const client = await within(startMs, connectToDaemon(config, ignore), () => undefined)
  const patienceMs = isThere ? answerMs : startMs
  const health = client && (await within(patienceMs, client.health(), () => undefined))
  if (client === undefined || health === undefined) {
    client?.close()
    const pid = daemonOwner(home)?.pid
    const who = pid === undefined ? 'the daemon' : `the daemon (pid ${pid})`
    return { finding: fail(`${who} runs but says nothing`, 'c2a daemon restart --now') }
  }
  const file = readDaemonFile(home)
  const how = file?.started_at === before?.started_at ? 'runs' : 'was started'
  const age = file === undefined ? 'now' : formatAge(file.started_at, Date.now())
  const finding = combined([
    ok(
      `${how}${file ? `, pid ${file.pid}` : ''}${age === 'now' ? '' : `, for ${age}`}, log ${home.log}`,
    ),
    ...(file === undefined ? [] : differences(file, health, config)),
  ])
  return admitted(client, finding, 'c2a daemon restart')
}

function differences(file: DaemonFile, health: Health, config: ClientConfig): Finding[] {
  const fix = file.personal
    ? 'Nothing, if an answer is running: it is renewed after it. Or at once: c2a daemon restart'
    : howToRestart
  const isOther = health.build !== build
  const hasOthers = file.settings !== settingsHash(config.env, config.file)
  return [
    ...(isOther ? [warn(`it is of another build (${health.build}, ours is ${build})`, fix)] : []),
    ...(hasOthers ? [warn('it runs with other settings than these', fix)] : []),
    ...(isOther || hasOthers ? [] : [ok('of our version, with our settings')]),
  ]
}

async function remote(config: ClientConfig, url: string): Promise<DaemonLook> {
  const client = createClient({ target: parseTarget(url), token: config.token })
  const health = await within(answerMs, client.health(), () => undefined)
  if (health === undefined) {
    client.close()
    const what = `${url} takes connections but says nothing in ${answerMs / 1_000} s`
    return { finding: fail(what, 'Look at the daemon there, and at what stands in between.') }
  }
  const theirs =
    health.version === version
      ? ok(`the remote one at ${url}, version ${health.version}`)
      : warn(
          `the remote one at ${url} is version ${health.version}, ours is ${version}`,
          'Update c2a here or there.',
        )
  const which = config.token === undefined ? 'its' : 'the right'
  const fix = `Set ${which} token: c2a config set token (or C2A_TOKEN). There, c2a daemon status names the file that holds it.`
  return admitted(client, theirs, fix)
}

/** Whether it takes our token. A database that is away is no matter here. */
async function admitted(client: Client, finding: Finding, fix: string): Promise<DaemonLook> {
  try {
    await within(answerMs, client.listSessions(1), () => undefined)
  } catch (error) {
    const code = error instanceof ProblemError ? error.code : undefined
    if (code === 'unauthorized' || code === 'forbidden') {
      client.close()
      return { finding: combined([fail('it does not take our token', fix), finding]) }
    }
    if (code !== 'db_unavailable' && code !== 'internal') throw error
  }
  return { finding, client }
}

function ignore(): void {}
