/*
 * The parameters of a completion, in the order in which they are listed: the one table that the API's
 * schema (params.ts), `c2a` and the chat read. Without zod: `c2a ask` loads it.
 */

interface Spec {
  readonly kind: 'number' | 'integer' | 'texts' | 'word'
  /** Of numbers: the range. */
  readonly least?: number
  /** Of `texts`: how many there may be. */
  readonly most: number
  /** Of `texts` and `word`: how long one may be, UTF-16 units. */
  readonly longest?: number
  /** Of `word`: what most servers know; others may know more. */
  readonly usual?: readonly string[]
  readonly meaning: string
}

export const paramTable = {
  temperature: {
    kind: 'number',
    least: 0,
    most: 2,
    meaning: 'how freely words are chosen; at 0 the likeliest',
  },
  top_p: {
    kind: 'number',
    least: 0,
    most: 1,
    meaning: 'only the likeliest words, up to this share',
  },
  max_tokens: {
    kind: 'integer',
    least: 1,
    most: 2_147_483_647,
    meaning: 'how many tokens an answer may have',
  },
  seed: {
    kind: 'integer',
    least: Number.MIN_SAFE_INTEGER,
    most: Number.MAX_SAFE_INTEGER,
    meaning: 'the same number brings the same answer, if it can',
  },
  stop: {
    kind: 'texts',
    most: 4,
    longest: 1_000,
    meaning: 'end the answer before this text; there may be 4',
  },
  reasoning_effort: {
    kind: 'word',
    most: 1,
    longest: 20,
    usual: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'],
    meaning: 'how much to think before the answer',
  },
} as const satisfies Readonly<Record<string, Spec>>

export type ParamName = keyof typeof paramTable

interface Values {
  number: number
  integer: number
  texts: string | string[]
  word: string
}

export type ParamValue<Name extends ParamName = ParamName> =
  Values[(typeof paramTable)[Name]['kind']]

/** What is set of them. */
export type Params = { [Name in ParamName]?: ParamValue<Name> | undefined }

/** Of one call: null leaves a parameter out, whatever session and role say. */
export type CallParams = { [Name in ParamName]?: ParamValue<Name> | null | undefined }

export const paramNames = Object.keys(paramTable) as ParamName[]

export function isParamName(name: string): name is ParamName {
  return Object.hasOwn(paramTable, name)
}

/** What a parameter must be: for refusals, and to say what one may type. */
export function expectedOf(name: ParamName): string {
  const spec: Spec = paramTable[name]
  const { kind, least, most, longest } = spec
  switch (kind) {
    case 'number':
      return `a number from ${least} to ${most}`
    case 'integer':
      return `a whole number from ${least} to ${most}`
    case 'texts':
      return `a text of 1 to ${longest} characters, or a list of 1 to ${most} of them`
    case 'word':
      return `a word of 1 to ${longest} letters, such as ${spec.usual?.join(', ')}`
  }
}

/** What a parameter means, with its range where that is short: for lists of them. */
export function aboutParam(name: ParamName): string {
  const { kind, meaning, least, most }: Spec = paramTable[name]
  return kind === 'number' ? `${meaning} (${least} to ${most})` : meaning
}

/** Of `word`: no white space and nothing that cannot be seen. */
export const wordShape = /^[\w-]+$/

/** Whether a value is one that the parameter may have. */
export function isAllowed(name: ParamName, value: unknown): boolean {
  const { kind, least = 0, most, longest = 0 }: Spec = paramTable[name]
  const isText = (text: unknown): boolean =>
    typeof text === 'string' && text !== '' && text.length <= longest
  if (kind === 'texts') {
    if (!Array.isArray(value)) return isText(value)
    return value.length >= 1 && value.length <= most && value.every(isText)
  }
  if (kind === 'word') return isText(value) && wordShape.test(String(value))
  if (typeof value !== 'number' || !(value >= least && value <= most)) return false
  return kind === 'number' || Number.isSafeInteger(value)
}
