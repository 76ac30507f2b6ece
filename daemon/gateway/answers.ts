import type { Locator } from './endpoint.js'
import type { Http } from './http.js'

/** Nothing that is alive takes longer to say so, ms. */
const patienceMs = 3_000
/** Somebody else's server, often a provider's, is not to be asked every few seconds, ms. */
const foreignMs = 30_000

/** What a proxy says in front of a server that is away. */
const isAway = (status: number): boolean => status >= 502 && status <= 504

/**
 * Whether anything answers where the gateway is: LiteLLM's liveliness, which costs it nothing; of any other
 * server every answer counts, and one holds for 30 s. Never rejects.
 */
export function createAnswers(http: Http, locator: Locator): () => Promise<boolean> {
  let heardAt = Number.NEGATIVE_INFINITY
  return async () => {
    const endpoint = await locator.find()
    if (endpoint === undefined) return false
    const now = performance.now()
    if (endpoint.kind === 'generic' && now - heardAt < foreignMs) return true
    try {
      const { status } = await http.get(`${endpoint.root}/health/liveliness`, {}, patienceMs)
      if (isAway(status)) return false
      heardAt = now
      return true
    } catch {
      // It may come back as another, or elsewhere.
      locator.forget()
      return false
    }
  }
}
