import type { SearchHit, SearchQuery } from '../../shared/contract/search.js'
import { createFairQueue } from '../fair-queue.js'
import type { Page } from '../store/page.js'
import type { Found, SearchStore } from '../store/search.js'
import { storable } from '../text-gate.js'
import { type Alternatives, parseSearch, tooMany, toTsquery } from './query.js'
import { makeSnippet, placeOf } from './snippet.js'

/** Each costs a look into the index, those of a phrase too; a character is a word in some scripts. */
const mostWords = 128
/** What a rank costs grows with the square of them; of so many words it says nothing any more. */
const mostRankedWords = 16

/** At once: the connections are there for more than searching. */
const mostAtOnce = 3

export interface Search {
  /** Throws ProblemError `invalid_request` for a query without words or a cursor that is not ours. */
  find(owner: string, query: SearchQuery): Promise<Page<SearchHit>>
}

/** Full text over the messages and titles of one owner. */
export function createSearch(store: SearchStore): Search {
  const queued = createFairQueue(mostAtOnce)
  return {
    async find(owner, { q, role, ...options }) {
      const alternatives = parseSearch(storable(q))
      const terms = alternatives.flat()
      const page = await queued(owner, async () => {
        const lexemes = await store.lexemes(terms.map(({ words }) => words))
        const count = lexemes.flat().length
        if (count > mostWords) throw tooMany(`more than ${mostWords} words`)
        const tsquery = toTsquery(alternatives, (term) => lexemes[terms.indexOf(term)] ?? [])
        if (tsquery === undefined) return { rows: [] }
        return store.find(owner, {
          ...options,
          ...(count > mostRankedWords && { order: 'time' }),
          role: role && storable(role),
          tsquery,
          place: placeOf(alternatives),
        })
      })
      return { ...page, rows: page.rows.map((found) => toHit(found, alternatives)) }
    },
  }
}

function toHit(found: Found, alternatives: Alternatives): SearchHit {
  const { excerpt: text, has_before: hasBefore, has_after: hasAfter, ...hit } = found
  return {
    ...hit,
    created_at: hit.created_at.toISOString(),
    ...makeSnippet({ text, hasBefore, hasAfter }, alternatives),
  }
}
