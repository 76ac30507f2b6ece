import type { Client } from '../../shared/client/client.js'
import type { Ready } from '../../shared/contract/health.js'
import type { Catalogue } from '../../shared/contract/model.js'
import { within } from '../../shared/within.js'
import { askForOneWord } from './answer-check.js'
import { type Finding, fail, notChecked } from './check.js'
import { type DaemonLook, failureOf } from './daemon-check.js'
import { databaseFinding } from './database-check.js'
import { gatewayFinding } from './gateway-check.js'
import { modelsFinding } from './models-check.js'

/** What is asked of a model, at last. */
export interface Question {
  /** By -m; false: nothing is asked. */
  readonly model: string | false | undefined
  readonly patienceMs: number
  /** The user does not want to wait any more. */
  readonly signal: AbortSignal
}

type Details = NonNullable<Ready['details']>
/** What the daemon said, or why it did not. */
type Heard<Value> = { value: Value } | { finding: Finding }

interface Known {
  readonly client: Client
  readonly details: Details
  readonly list: Heard<Catalogue>
}

/** The daemon asks the gateway several things, each with a limit of its own, ms. */
const detailsMs = 30_000
/** For what the end of a question takes beyond its limit, ms. */
const tidyMs = 5_000
const demo = 'offline/demo'

/** The checks of what only the daemon can reach. */
export function throughDaemon(
  daemon: Promise<DaemonLook>,
  question: Question,
): Record<'database' | 'gateway' | 'models' | 'answer', Promise<Finding>> {
  const details = hear(daemon, detailsOf)
  const list = hear(daemon, (client) => client.listModels(true))
  const known = async (look: (known: Known) => Finding | Promise<Finding>): Promise<Finding> => {
    const heard = await details
    const { client } = await daemon
    if (client === undefined || !('value' in heard)) return notChecked(noDaemon)
    // Whoever does not answer does not list anything either, and takes the longest to show it.
    const isAway = !heard.value.gateway.reachable
    return look({ client, details: heard.value, list: isAway ? nothing : await list })
  }
  return {
    database: details.then((heard) =>
      'value' in heard ? databaseFinding(heard.value.database) : heard.finding,
    ),
    gateway: details.then(async (heard) => {
      if (!('value' in heard)) return notChecked(noDaemon)
      const { gateway } = heard.value
      // What is wrong is known, and the list may take long then.
      return gatewayFinding(gateway, gateway.problem ? undefined : countOf(await list))
    }),
    models: known((all) => lookAtModels(all, question)),
    answer:
      question.model === false
        ? Promise.resolve(notChecked('--no-model'))
        : known((all) => lookAtAnswer(all, question)),
  }
}

/** What is listed while no gateway answers. */
const nothing: Heard<Catalogue> = {
  value: { data: [], source: 'offline', stale: false, fetched_at: '' },
}
const noDaemon = 'there is no daemon to ask'
const noGateway = notChecked('the gateway is not well')

async function hear<Value>(
  daemon: Promise<DaemonLook>,
  ask: (client: Client) => Promise<Value>,
): Promise<Heard<Value>> {
  const { client } = await daemon
  if (client === undefined) return { finding: notChecked(noDaemon) }
  const late = (): Heard<Value> => ({
    finding: fail(`no word of it in ${detailsMs / 1_000} s`, 'See the log: c2a daemon logs'),
  })
  try {
    const answer = ask(client).then((value): Heard<Value> => ({ value }))
    return await within(detailsMs, answer, late)
  } catch (error) {
    return { finding: failureOf(error) }
  }
}

async function detailsOf(client: Client): Promise<Details> {
  const { details } = await client.ready()
  if (details === undefined) throw new Error('the daemon does not tell how it is')
  return details
}

function countOf(list: Heard<Catalogue>): number | undefined {
  return 'value' in list && list.value.source !== 'offline' ? list.value.data.length : undefined
}

function lookAtModels({ details, list }: Known, { model }: Question): Finding {
  const isOffline = 'value' in list && list.value.source === 'offline'
  // A list that is remembered says nothing of now.
  if (details.gateway.problem !== undefined && !isOffline) return noGateway
  if (!('value' in list)) return list.finding
  const { slow: isLate } = details.gateway
  return modelsFinding(list.value, { asked: model || undefined, preset: details.model, isLate })
}

function lookAtAnswer({ client, details, list }: Known, question: Question): Promise<Finding> {
  const { patienceMs, signal } = question
  const { database, gateway } = details
  if (!database.ok) return Promise.resolve(notChecked('the database does not answer'))
  const isOffline = 'value' in list && list.value.source === 'offline'
  // Nobody answers with the demo unasked, but it shows that all but the gateway works.
  if (isOffline && gateway.slow && !question.model && details.model === undefined) {
    return Promise.resolve(notChecked('the list has none to ask yet'))
  }
  const model = question.model || (details.model === undefined && isOffline ? demo : undefined)
  if (gateway.problem !== undefined && (model ?? details.model) !== demo) {
    return Promise.resolve(noGateway)
  }
  const now = (): number => performance.now()
  return within(
    patienceMs + tidyMs,
    askForOneWord({ client, model, patienceMs, signal, now }),
    () => fail('the daemon did not take the question in time', 'See the log: c2a daemon logs'),
  )
}
