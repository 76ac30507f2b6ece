import type { Catalogue, Model } from '../../shared/contract/model.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Log } from '../log.js'
import type { Secret } from '../secret.js'
import type { Endpoint, Locator } from './endpoint.js'
import { detailOf, type ErrorContext, errorFromThrown } from './errors.js'
import type { Http, HttpAnswer } from './http.js'
import { asObject, parseJson } from './json.js'
import { listError } from './list-error.js'
import { isModelInfo, normaliseModelInfo, normaliseModels } from './normalise-models.js'
import { offlineModel } from './offline.js'
import { costOf } from './price.js'
import { authHeaders } from './request.js'
import type { GatewayError, Usage } from './types.js'

export interface CatalogueCache {
  /** Throws ProblemError when the gateway answers with an error and nothing is cached. */
  get(options?: { refresh?: boolean }): Promise<Catalogue>
  /** What is cached about a model; no I/O. */
  peek(model: string): Model | undefined
  /** US dollars, when the prices of the model are known by now. */
  cost(model: string, usage: Usage): number | undefined
  /** Names that resemble this one, best first. */
  closest(model: string): readonly string[]
}

export interface CatalogueOptions {
  http: Http
  locator: Locator
  key: Secret | undefined
  log: Log
}

const freshMs = 60_000
/** A gateway that has just failed is not asked again by every caller. */
const restMs = 2_000

type Fetched = { models: Model[]; source: 'model_info' | 'models' } | { error: GatewayError }

/** Nobody answers, as opposed to an answer that we do not like. */
const isSilent = (error: GatewayError): boolean =>
  error.upstreamStatus === undefined && error.code !== 'protocol'

/** The list of models: kept for a minute, one request in flight, stale when the gateway is down. */
export function createCatalogue(options: CatalogueOptions): CatalogueCache {
  let cached: Catalogue | undefined
  let cachedAt = Number.NEGATIVE_INFINITY
  let failed: { error: GatewayError; at: number } | undefined
  let loading: Promise<void> | undefined

  const load = async (force: boolean): Promise<void> => {
    const fetched = await fetchModels(options, force)
    if ('error' in fetched) {
      failed = { error: fetched.error, at: performance.now() }
      options.log.warn({ code: fetched.error.code }, 'The catalogue is not to be had')
      return
    }
    failed = undefined
    cachedAt = performance.now()
    const { models: data, source } = fetched
    cached = { data, source, stale: false, fetched_at: new Date().toISOString() }
  }

  const answer = (): Catalogue => {
    if (cached) return { ...cached, stale: failed !== undefined }
    const error = failed?.error
    if (error && !isSilent(error)) throw asProblem(error)
    const fetched_at = new Date().toISOString()
    return { data: [offlineModel], source: 'offline', stale: false, fetched_at }
  }

  const peek = (model: string): Model | undefined => cached?.data.find((one) => one.id === model)

  return {
    peek,
    async get({ refresh = false } = {}) {
      const now = performance.now()
      const fresh = cached && !failed && now - cachedAt < freshMs
      const resting = failed && now - failed.at < restMs
      if (refresh || !(fresh || resting)) {
        loading ??= load(refresh).finally(() => {
          loading = undefined
        })
        await loading
      }
      return answer()
    },
    cost: (model, usage) => costOf(peek(model)?.prices, usage),
    closest: (model) => closestNames(model, cached?.data.map((one) => one.id) ?? []),
  }
}

const asProblem = (error: GatewayError): ProblemError =>
  new ProblemError(error.code, detailOf(error), error.hint ? { hint: error.hint } : {})

async function fetchModels(options: CatalogueOptions, force: boolean): Promise<Fetched> {
  const { http, locator, key } = options
  const endpoint = await locator.find({ force })
  const context = { url: endpoint?.url ?? locator.url, key: key?.reveal() }
  if (!endpoint) return { error: locator.absence(context) }
  try {
    const info =
      endpoint.kind === 'generic'
        ? undefined
        : readInfo(endpoint, await http.get(`${endpoint.base}/model/info`, authHeaders(key)))
    if (info) return { models: info, source: 'model_info' }
    return readList(await http.get(`${endpoint.base}/models`, authHeaders(key)), context)
  } catch (thrown) {
    locator.forget()
    return { error: errorFromThrown(thrown, 'connect', context) }
  }
}

/** undefined: not LiteLLM, or its richer list is closed to this key. */
function readInfo(endpoint: Endpoint, { status, text }: HttpAnswer): Model[] | undefined {
  // LiteLLM without a single model answers like this.
  if (status === 500 && text.includes('LLM Model List not loaded')) return []
  const body = parseJson(text)
  if (status !== 200 || asObject(body)?.['data'] === undefined) return undefined
  if (isModelInfo(body)) endpoint.kind = 'litellm'
  return normaliseModelInfo(body)
}

function readList(answer: HttpAnswer, context: ErrorContext): Fetched {
  const error = listError(answer, context)
  if (error) return { error }
  // Some servers have no list; any model's name can still be typed.
  if (answer.status === 404) return { models: [], source: 'models' }
  return { models: normaliseModels(parseJson(answer.text)), source: 'models' }
}

/** At most three names that contain the typed one, are contained in it, or share its beginning. */
function closestNames(typed: string, names: readonly string[]): string[] {
  const wanted = typed.toLowerCase()
  const score = (name: string): number => {
    const other = name.toLowerCase()
    if (other.includes(wanted) || wanted.includes(other)) return 100
    let same = 0
    while (same < wanted.length && wanted[same] === other[same]) same++
    return same >= 4 ? same : 0
  }
  return (
    names
      .map((name) => ({ name, score: score(name) }))
      // One that is listed and yet unknown: it does not help to name it again.
      .filter((one) => one.score > 0 && one.name !== typed)
      .sort((a, b) => b.score - a.score)
      .slice(0, 3)
      .map((one) => one.name)
  )
}
