import type { Identity } from '../http/access.js'
import type { Log } from '../log.js'
import type { TokenStore, ValidToken } from '../store/tokens.js'
import { hashSecret, isSameHash, parseTokenText } from './token-text.js'

interface Deps {
  tokens: Pick<TokenStore, 'findValid' | 'noteUse'>
  log: Log
}

export interface MadeTokens {
  /** Whom a made token stands for now; undefined: it is wrong, expired or revoked. Throws ProblemError `db_unavailable`. */
  identify(token: string): Promise<Identity | undefined>
  /** Those of these ids whose tokens are in force. */
  valid(ids: readonly string[]): Promise<ReadonlySet<string>>
}

/**
 * Asks the database about every request, so that a revoked token opens nothing from the moment of the
 * commit on, on any replica. One query is under way at a time and takes along all who came meanwhile:
 * however many tokens are tried, they cost one connection.
 */
export function createMadeTokens({ tokens, log }: Deps): MadeTokens {
  let asked: Set<string> | undefined
  let answer: Promise<Map<string, ValidToken>> | undefined
  let running: Promise<unknown> = Promise.resolve()

  /** What the database says after this call, never before it. */
  const find = (id: string): Promise<Map<string, ValidToken>> => {
    if (asked === undefined || answer === undefined) {
      const ids = new Set<string>()
      asked = ids
      answer = running.then(() => {
        asked = undefined
        return tokens.findValid([...ids])
      })
      running = answer.catch(() => undefined)
    }
    asked.add(id)
    return answer
  }

  const noting = new Set<string>()
  /** Nobody waits for it. */
  const noteUse = (id: string): void => {
    if (noting.has(id)) return
    noting.add(id)
    tokens
      .noteUse(id)
      .catch((error: Error) => log.warn({ token: id, error: error.message }, 'a use is not noted'))
      .finally(() => noting.delete(id))
  }

  return {
    async identify(text) {
      const said = parseTokenText(text)
      if (said === undefined) return undefined
      const given = hashSecret(said.secret)
      const kept = (await find(said.id)).get(said.id)
      if (kept === undefined || !isSameHash(kept.hash, given)) return undefined
      if (kept.unnoted) noteUse(kept.id)
      return { owner: kept.owner, scope: kept.scope, tokenId: kept.id }
    },
    async valid(ids) {
      return new Set((await tokens.findValid(ids)).keys())
    },
  }
}
