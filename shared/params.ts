import {
  type CallParams,
  expectedOf,
  isAllowed,
  isParamName,
  type ParamName,
  type Params,
  type ParamValue,
  paramNames,
  paramTable,
} from './contract/param-table.js'
import { ProblemError } from './contract/problem.js'
import { nearest, unknownNames } from './nearest.js'

/** What a call is sent with: of each parameter what the first of the layers says; null says not to send it. */
export function applyParams(...layers: readonly (CallParams | undefined)[]): Params {
  const said = paramNames.map((name) => {
    const layer = layers.find((one) => one?.[name] !== undefined)
    return [name, layer?.[name] ?? undefined] as const
  })
  return withoutUnset(Object.fromEntries(said))
}

/** Only what has a value, in the order of the table. */
export function withoutUnset(params: CallParams): Params {
  const set = paramNames.filter((name) => params[name] !== undefined && params[name] !== null)
  return Object.fromEntries(set.map((name) => [name, params[name]]))
}

/** What is kept after some changes; null takes a parameter away. */
export function changeParams(kept: Params, changes: CallParams): Params {
  return withoutUnset({ ...kept, ...changes })
}

/** The parameter of a typed name. Throws ProblemError `invalid_request` with the names that there are. */
export function paramNamed(typed: string): ParamName {
  const name = typed.trim().toLowerCase().replaceAll('-', '_')
  if (isParamName(name)) return name
  throw new ProblemError('invalid_request', unknownNames([typed], paramNames, 'unknown parameter'))
}

/** A parameter's value as one types it. Throws ProblemError `invalid_request` with what it may be. */
export function parseParam(name: ParamName, typed: string): ParamValue {
  const value = read(name, typed)
  if (isAllowed(name, value)) return notMisspelt(name, value)
  const what = typed.length > 60 ? `${typed.slice(0, 60)}…` : typed
  throw new ProblemError('invalid_request', `${name} must be ${expectedOf(name)}, not "${what}"`)
}

/** A usual word may be typed in capitals. */
function usualCase(word: string): string {
  const lower = word.toLowerCase()
  const usual: readonly string[] = paramTable.reasoning_effort.usual
  return usual.includes(lower) ? lower : word
}

/** Servers know words of their own (max, disable), but nearly a usual one is a slip. */
function notMisspelt(name: ParamName, value: ParamValue): ParamValue {
  const spec = paramTable[name]
  if (spec.kind !== 'word') return value
  const usual: readonly string[] = spec.usual
  const meant = usual.includes(String(value)) ? undefined : nearest(String(value), usual)
  if (meant === undefined) return value
  throw new ProblemError(
    'invalid_request',
    `${name}: did you mean ${meant}, not "${value}"? Usual are ${usual.join(', ')}`,
  )
}

function read(name: ParamName, typed: string): ParamValue {
  const { kind } = paramTable[name]
  if (kind === 'texts') return readTexts(typed) ?? typed
  if (kind === 'word') return usualCase(typed.trim())
  // More than Number takes for one is a slip: nothing at all, a hexadecimal.
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(typed.trim()) ? Number(typed) : Number.NaN
}

/** A text or a list of them as JSON, for several of them and for line breaks. */
function readTexts(typed: string): string | string[] | undefined {
  if (!/^\s*["[]/.test(typed)) return undefined
  try {
    const value: unknown = JSON.parse(typed)
    if (typeof value === 'string') return value
    return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * Adds one NAME=VALUE of a command line to those before; NAME= means that it is not to be set, and each
 * further `stop` is one more. Throws ProblemError `invalid_request`.
 */
export function addParam(text: string, before: CallParams = {}): CallParams {
  const at = text.indexOf('=')
  const name = paramNamed(at === -1 ? text : text.slice(0, at))
  if (at === -1) {
    const message = `-o takes NAME=VALUE, not "${name}"`
    throw new ProblemError('invalid_request', message, {
      hint: `${name}=VALUE, where VALUE is ${expectedOf(name)}; ${name}= leaves it out.`,
    })
  }
  const typed = text.slice(at + 1)
  if (typed === '') return { ...before, [name]: null }
  const value = parseParam(name, typed)
  const earlier = before[name]
  if (name !== 'stop' || earlier === undefined || earlier === null) {
    return { ...before, [name]: value }
  }
  const stop = [earlier, value].flat()
  if (isAllowed(name, stop)) return { ...before, [name]: stop as string[] }
  throw new ProblemError('invalid_request', `stop must be ${expectedOf(name)}: too many`)
}

/** A value as a line shows it; texts as JSON, since white space counts in them. Not sanitised. */
export function showParam(name: ParamName, value: ParamValue): string {
  return paramTable[name].kind === 'texts' ? JSON.stringify(value) : String(value)
}

/** All that is set, as -o takes it. Not sanitised. */
export function showParams(params: Params): string {
  const set = withoutUnset(params)
  return paramNames
    .flatMap((name) => {
      const value = set[name]
      return value === undefined ? [] : [`${name}=${showParam(name, value)}`]
    })
    .join(' ')
}

/** NAME= and a list or a text as JSON, which may hold anything; or a word and all up to the next NAME=. */
const typedParam =
  /[\w-]+=(?:\[(?:"(?:[^"\\]|\\.)*"|[^\]"])*\]|"(?:[^"\\]|\\.)*")(?=\s|$)|\S+(?:\s+(?![\w-]+=)\S+)*/g

/** What `showParams` gives, as it may be typed. Throws ProblemError `invalid_request`. */
export function readParams(text: string): Params {
  const parts = text.match(typedParam) ?? []
  const wrong = parts.find((part) => !part.includes('='))
  if (wrong !== undefined) {
    throw new ProblemError('invalid_request', `a parameter is NAME=VALUE, not "${wrong}"`)
  }
  return withoutUnset(parts.reduce<CallParams>((params, part) => addParam(part, params), {}))
}
