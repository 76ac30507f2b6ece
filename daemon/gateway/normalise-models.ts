import type { Model } from '../../shared/contract/model.js'
import { storable } from '../text-gate.js'
import { asArray, asNumber, asObject, asString, type JsonObject } from './json.js'

const chatModes: ReadonlySet<string> = new Set(['chat', 'completion', 'responses'])

/** What `/v1/models` of OpenAI lists beside chat models, without saying so. */
const notForChat =
  /^(?:openai\/)?(?:text-embedding|text-moderation|omni-moderation|whisper|tts|dall-e|gpt-image|sora)-/

/**
 * LiteLLM's `/v1/model/info`: one row a deployment, so rows of one name become one model. Limits are
 * the smallest, prices the highest, a flag holds when all deployments have it, and unknown stays null.
 * The gateway's order is kept, but for what a wildcard expands to: that comes in random order.
 */
export function normaliseModelInfo(body: unknown): Model[] {
  const groups = new Map<string, Row[]>()
  const wildcards: string[] = []
  for (const row of rowsOf(body).map(readInfoRow)) {
    if (row === undefined) continue
    if (row.id.includes('*')) wildcards.push(row.id)
    else if (row.mode === null || chatModes.has(row.mode)) {
      const group = groups.get(row.id)
      if (group === undefined) groups.set(row.id, [row])
      else group.push(row)
    }
  }
  return sortExpanded([...groups.values()].map(merge), wildcards)
}

/** `/v1/models` with what OpenRouter, vLLM, llama.cpp and LiteLLM add to it. */
export function normaliseModels(body: unknown): Model[] {
  const models = new Map<string, Model>()
  for (const value of rowsOf(body)) {
    const model = readModel(value)
    if (model && !models.has(model.id)) models.set(model.id, model)
  }
  return [...models.values()]
}

/** Whether a body is LiteLLM's own list. */
export const isModelInfo = (body: unknown): boolean =>
  rowsOf(body).some((row) => asString(asObject(row)?.['model_name']) !== undefined)

interface Row {
  id: string
  deployment: string
  mode: string | null
  provider: string | null
  context: number | null
  maxOutput: number | null
  inputPrice: number | null
  outputPrice: number | null
  vision: boolean | null
  tools: boolean | null
  reasoning: boolean | null
}

/** No gateway has more; what is done with them takes the square of their number. */
const mostRows = 10_000

/** A list, or the one object that LiteLLM sends when it was started without a config. */
function rowsOf(body: unknown): readonly unknown[] {
  const data = Array.isArray(body) ? body : (asObject(body)?.['data'] ?? asObject(body)?.['models'])
  return asArray(data)?.slice(0, mostRows) ?? (asObject(data) ? [data] : [])
}

/** A turn may be given this name when nobody has named a model. */
function nameOf(value: unknown): string | undefined {
  const name = asString(value)
  return name === undefined ? undefined : storable(name)
}

function readInfoRow(value: unknown): Row | undefined {
  const row = asObject(value)
  const id = nameOf(row?.['model_name'])
  if (!row || !id) return undefined
  const info = asObject(row['model_info']) ?? {}
  const params = asObject(row['litellm_params']) ?? {}
  return {
    id,
    deployment: asString(info['id']) ?? '',
    mode: asString(info['mode']) ?? null,
    provider: asString(info['litellm_provider']) ?? providerOf(params),
    context: tokens(info['max_input_tokens']),
    maxOutput: tokens(info['max_output_tokens'] ?? info['max_tokens']),
    inputPrice: perMillion(info['input_cost_per_token']),
    outputPrice: perMillion(info['output_cost_per_token']),
    vision: flag(info['supports_vision']),
    tools: flag(info['supports_function_calling']),
    reasoning: flag(info['supports_reasoning']),
  }
}

/** LiteLLM routes by the prefix of the model's upstream name. Nothing else of the parameters leaves here. */
function providerOf(params: JsonObject): string | null {
  const named = asString(params['custom_llm_provider'])
  return named ?? /^([\w-]+)\//.exec(asString(params['model']) ?? '')?.[1] ?? null
}

function merge(rows: readonly Row[]): Model {
  const providers = new Set(rows.map((row) => row.provider).filter((name) => name !== null))
  const modes = new Set(rows.map((row) => row.mode).filter((mode) => mode !== null))
  const [provider = null] = providers
  const [mode = null] = modes
  return {
    id: rows[0]?.id ?? '',
    litellm_provider: providers.size > 1 ? 'mixed' : provider,
    mode,
    context_window: least(rows.map((row) => row.context)),
    max_output: least(rows.map((row) => row.maxOutput)),
    prices: {
      input: most(rows.map((row) => row.inputPrice)),
      output: most(rows.map((row) => row.outputPrice)),
    },
    vision: all(rows.map((row) => row.vision)),
    tools: all(rows.map((row) => row.tools)),
    reasoning: all(rows.map((row) => row.reasoning)),
    deployments: rows.length,
  }
}

function readModel(value: unknown): Model | undefined {
  const row = asObject(value)
  const id = nameOf(row?.['id']) ?? nameOf(row?.['name'])
  if (!row || !id || id.includes('*') || notForChat.test(id)) return undefined
  const meta = asObject(row['meta'])
  const pricing = asObject(row['pricing'])
  const top = asObject(row['top_provider'])
  const architecture = asObject(row['architecture'])
  const outputs = asArray(architecture?.['output_modalities'])
  if (outputs && !outputs.includes('text')) return undefined
  const inputs = asArray(architecture?.['input_modalities'])
  const parameters = asArray(row['supported_parameters'])
  const context =
    row['max_input_tokens'] ??
    row['max_model_len'] ??
    row['context_length'] ??
    meta?.['n_ctx'] ??
    meta?.['n_ctx_train']
  return {
    id,
    litellm_provider: null,
    mode: null,
    context_window: tokens(context),
    max_output: tokens(row['max_output_tokens'] ?? top?.['max_completion_tokens']),
    prices: { input: perMillion(pricing?.['prompt']), output: perMillion(pricing?.['completion']) },
    vision: inputs ? inputs.includes('image') : null,
    tools: parameters ? parameters.includes('tools') : null,
    reasoning: parameters ? parameters.includes('reasoning') : null,
    deployments: 1,
  }
}

/** The models of each wildcard in the order of their names, at the places where they stood. */
function sortExpanded(models: readonly Model[], wildcards: readonly string[]): Model[] {
  const sorted = [...models]
  for (const wildcard of new Set(wildcards)) {
    const prefix = wildcard.slice(0, wildcard.indexOf('*'))
    const places = [...sorted.keys()].filter((at) => sorted[at]?.id.startsWith(prefix))
    const found = places.flatMap((at) => sorted[at] ?? [])
    found.sort((a, b) => (a.id < b.id ? -1 : 1))
    for (const [nth, model] of found.entries()) sorted[places[nth] ?? 0] = model
  }
  return sorted
}

function tokens(value: unknown): number | null {
  const number = asNumber(value)
  return number !== undefined && number >= 1 ? Math.trunc(number) : null
}

/** Per token in, per million out, without the noise of floating point. Negative means "it depends". */
function perMillion(value: unknown): number | null {
  const number = asNumber(value)
  if (number === undefined || number < 0) return null
  const price = Number((number * 1e6).toPrecision(12))
  return Number.isFinite(price) ? price : null
}

const flag = (value: unknown): boolean | null => (typeof value === 'boolean' ? value : null)

const known = (values: readonly (number | null)[]): number[] =>
  values.filter((value) => value !== null)

function least(values: readonly (number | null)[]): number | null {
  const numbers = known(values)
  return numbers.length > 0 ? Math.min(...numbers) : null
}

function most(values: readonly (number | null)[]): number | null {
  const numbers = known(values)
  return numbers.length > 0 ? Math.max(...numbers) : null
}

function all(values: readonly (boolean | null)[]): boolean | null {
  if (values.includes(false)) return false
  return values.includes(null) ? null : true
}
