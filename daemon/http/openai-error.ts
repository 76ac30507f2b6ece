import type { OpenAiError } from '../../shared/contract/openai.js'
import type { Problem, ProblemCode } from '../../shared/contract/problem.js'

/** Whose clients read OpenAI's errors and nothing else. */
export const isOpenAiPath = (path: string): boolean => path === '/v1' || path.startsWith('/v1/')

/** Where OpenAI has a code of its own, which its clients know. */
const theirs: Partial<Record<ProblemCode, string>> = {
  unauthorized: 'invalid_api_key',
  rate_limited: 'rate_limit_exceeded',
  budget_exceeded: 'insufficient_quota',
  context_window: 'context_length_exceeded',
  content_policy: 'content_policy_violation',
}

/** Of our own commands, which mean nothing to who uses another client. */
const ofOurs = /\bc2a\b|\/set\b/

/** A problem in OpenAI's words; a refused field is named by how its sentence begins. */
export function toOpenAiError(problem: Problem): OpenAiError {
  const { code, detail, hint, status } = problem
  const isForThem = hint !== undefined && !ofOurs.test(hint)
  const param = code === 'invalid_request' ? /^([a-z][\w.]*): /.exec(detail)?.[1] : undefined
  return {
    error: {
      message: isForThem ? `${detail.replace(/\.$/, '')}. ${hint}` : detail,
      type: typeOf(code, status),
      param: param ?? null,
      code: theirs[code] ?? code,
    },
  }
}

function typeOf(code: ProblemCode, status: number): string {
  if (code === 'budget_exceeded') return 'insufficient_quota'
  if (status === 429) return 'rate_limit_error'
  return status >= 500 ? 'server_error' : 'invalid_request_error'
}
