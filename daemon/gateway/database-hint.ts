import type { ProblemCode } from '../../shared/contract/problem.js'
import type { ErrorText } from './error-message.js'

/** What helps where LiteLLM has no database, or cannot reach the one that it has. */
export function databaseHint(code: ProblemCode, { raw, type }: ErrorText): string | undefined {
  if (type !== 'no_db_connection' && !/no connected db/i.test(raw)) return undefined
  if (code === 'gateway_auth') {
    return 'Without a database LiteLLM takes only its master key: c2a config set gateway.key'
  }
  if (code !== 'gateway_starting') return undefined
  return 'LiteLLM cannot reach its own database: start that, and try again in a few seconds.'
}
