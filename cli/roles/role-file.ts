import { parseDocument, stringify } from 'yaml'
import {
  expectedOf,
  isAllowed,
  isParamName,
  type Params,
  paramNames,
} from '../../shared/contract/param-table.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { maxInstructionsLength } from '../../shared/limits.js'
import { nearest } from '../../shared/nearest.js'
import { withoutUnset } from '../../shared/params.js'
import type { WantedRole } from '../../shared/role-changes.js'

/** A role as a file says it. */
export interface RoleFile extends WantedRole {
  readonly params: Params
}

const fence = '---'
const keys = ['name', 'params']
/** Nobody writes more; the parser of YAML compares each key with each. */
const longestHead = 10_000

/** `{name, params}` between two lines of dashes, an empty line, and the instructions as they are. */
export function formatRoleFile({ name, instructions, params }: WantedRole): string {
  const set = withoutUnset(params ?? {})
  const head = Object.keys(set).length === 0 ? { name } : { name, params: set }
  return `${fence}\n${stringify(head, { lineWidth: 0 })}${fence}\n\n${instructions}\n`
}

/**
 * Reads what `formatRoleFile` writes, and any file of instructions alone, which is named after its file.
 * `path` is for errors. Throws ProblemError `invalid_request`.
 */
export function parseRoleFile(text: string, path: string, stem: string): RoleFile {
  const refuse = (why: string, hint?: string): ProblemError =>
    new ProblemError('invalid_request', `${path}: ${why}`, { ...(hint !== undefined && { hint }) })
  const found = /^\uFEFF?---[ \t]*\r?\n(?:([\s\S]*?)\r?\n)?---[ \t]*(?:\r?\n|$)(?:\r?\n)?/.exec(
    text,
  )
  if (found === null && /^\uFEFF?---[ \t]*(\r?\n|$)/.test(text)) {
    throw refuse('the head that begins with --- has no end', 'Close it with a line of ---.')
  }
  const head = readHead(found?.[1] ?? '', refuse)
  const instructions = text.slice(found?.[0].length ?? 0).replace(/\r?\n$/, '')
  const name = head.name === undefined ? stem : head.name
  if (instructions.trim() === '') throw refuse('there are no instructions in it')
  if (instructions.length > maxInstructionsLength) {
    throw refuse(`a role has at most ${maxInstructionsLength.toLocaleString('en')} characters`)
  }
  if (name.trim() === '' || name.trim().length > 100) {
    throw refuse('the name of a role has 1 to 100 characters')
  }
  return { name: name.trim(), instructions, params: head.params }
}

type Refuse = (why: string, hint?: string) => ProblemError

function readHead(yaml: string, refuse: Refuse): { name: string | undefined; params: Params } {
  if (yaml.length > longestHead) throw refuse('the head is too long')
  const head = parseYaml(yaml, refuse) ?? {}
  if (!isMap(head)) throw refuse('the head must be a map, as in "name: Code reviewer"')
  for (const key of Object.keys(head)) {
    if (!keys.includes(key)) throw refuse(`the head has no "${key}"`, meant(key, keys))
  }
  const { name, params = {} } = head
  if (name !== undefined && typeof name !== 'string') {
    throw refuse('name must be a text', 'Put it between quotes.')
  }
  if (!isMap(params ?? {})) throw refuse('params must be a map, as in "temperature: 0.2"')
  for (const [key, value] of Object.entries(params ?? {})) {
    if (!isParamName(key)) throw refuse(`there is no parameter "${key}"`, meant(key, paramNames))
    if (!isAllowed(key, value)) throw refuse(`${key} must be ${expectedOf(key)}`)
  }
  return { name, params: withoutUnset(params ?? {}) }
}

function parseYaml(yaml: string, refuse: Refuse): unknown {
  const document = parseDocument(yaml)
  try {
    const [error] = document.errors
    if (error !== undefined) throw error
    return document.toJS()
  } catch (error) {
    const [why] = (error as Error).message.split('\n')
    throw refuse(`the head is no YAML: ${why}`)
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function meant(word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  return near === undefined ? `It may have: ${known.join(', ')}.` : `Did you mean ${near}?`
}
