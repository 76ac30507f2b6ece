import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/** Names of unknown fields are the sender's: they must not make the answer long. */
const longest = 500

/** One sentence of what is wrong with a request: where, and what is expected. */
export function describeIssues(error: z.core.$ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => {
      const path = issue.path.join('.')
      if (path !== '') return `${path}: ${wordsOf(issue)}`
      return issue.code === 'invalid_type' ? `the body ${wordsOf(issue)}` : wordsOf(issue)
    })
    .join('; ')
    .slice(0, longest)
}

/** Zod's own words are for programmers ("Too small: expected string to have >=1 characters"). */
function wordsOf(issue: Issue): string {
  // The schema's own, which say all of what is expected.
  if (issue.message.startsWith('must ')) return issue.message
  switch (issue.code) {
    case 'invalid_type':
      // Only its message tells a field that is left out from one of another type.
      if (issue.message.endsWith('received undefined')) return 'is missing'
      return `must be ${kinds[issue.expected] ?? `of type ${issue.expected}`}`
    case 'too_small':
      if (issue.origin === 'number') return `must be at least ${count(issue.minimum)}`
      if (issue.minimum === 1) return 'must not be empty'
      return `must have at least ${count(issue.minimum)} ${unitOf(issue.origin)}`
    case 'too_big':
      if (issue.origin === 'number') return `must be at most ${count(issue.maximum)}`
      return `must have at most ${count(issue.maximum)} ${unitOf(issue.origin)}`
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`
    case 'invalid_format':
      return formats[issue.format] ?? 'is not in the form that is expected'
    default:
      // The schema's own: a rule of ours, or a choice of types.
      return issue.message
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
}

const formats: Readonly<Record<string, string>> = {
  guid: 'must be an id (a UUID)',
}

function unitOf(origin: string): string {
  return origin === 'string' ? 'characters' : 'entries'
}

function count(number: number | bigint): string {
  return number.toLocaleString('en')
}
