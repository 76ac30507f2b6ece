import type { z } from 'zod'
import { backupFormat, backupVersion, Header, Line } from '../../shared/contract/backup-line.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { describeIssues } from '../http/issues.js'
import { checkShape } from '../http/json-shape.js'
import { mayNeedGate, storable } from '../text-gate.js'
import type { FileLine } from './read-lines.js'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Throws ProblemError `invalid_request` that names the line. */
export function parseLine(line: FileLine): Line {
  return checked(Line, parseJson(line), line.n)
}

/** The first line. Throws ProblemError `invalid_request`. */
export function checkHeader(line: FileLine): void {
  const refused = (what: string) => new ProblemError('invalid_request', what)
  let value: unknown
  try {
    value = parseJson(line)
  } catch (error) {
    throw new ProblemError('invalid_request', 'this is not an export of c2a', { cause: error })
  }
  const header = Header.safeParse(value)
  if (!header.success) throw refused(`this is not an export of c2a (${backupFormat})`)
  const { version } = header.data
  if (version > backupVersion) {
    throw refused(`the file has version ${version}, this daemon reads ${backupVersion}: update c2a`)
  }
  if (version < 1) throw refused(`the file has version ${version}, which there never was`)
}

function parseJson({ n, bytes }: FileLine): unknown {
  try {
    const text = utf8.decode(bytes)
    checkShape(text)
    return JSON.parse(text, mayNeedGate(text) ? gate : undefined)
  } catch (error) {
    const why = error instanceof ProblemError ? error.message : 'not valid JSON'
    throw new ProblemError('invalid_request', `line ${n}: ${why}`, { cause: error })
  }
}

function gate(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? storable(value) : value
}

function checked<Value>(schema: z.ZodType<Value>, value: unknown, n: number): Value {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new ProblemError('invalid_request', `line ${n}: ${describeIssues(parsed.error)}`)
}
