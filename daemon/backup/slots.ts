import { ProblemError } from '../../shared/contract/problem.js'
import type { Identity } from '../http/access.js'

/** Exports and imports of this process that may run at once; each holds a connection of its own. */
const mostAtOnce = 4
/** Of one person. */
const mostEach = 2
/** Of all made tokens: whoever runs the daemon can make a backup whatever others do. */
const mostMade = 3

/** Who may run exports and imports beside what runs already. */
export interface Slots {
  /** Gives what frees the slot. Throws ProblemError `rate_limited`. */
  take(identity: Pick<Identity, 'owner' | 'tokenId'>): () => void
}

export function createSlots(): Slots {
  const taken: { owner: string; isMade: boolean }[] = []
  return {
    take({ owner, tokenId }) {
      const isMade = tokenId !== undefined
      if (taken.filter((one) => one.owner === owner).length >= mostEach) {
        throw tooMany(`${mostEach} exports or imports of yours are running already`)
      }
      const made = taken.filter((one) => one.isMade).length
      if (taken.length >= mostAtOnce || (isMade && made >= mostMade)) {
        throw tooMany('as many exports and imports as may run at once are running already')
      }
      const slot = { owner, isMade }
      taken.push(slot)
      return () => {
        const at = taken.indexOf(slot)
        if (at !== -1) taken.splice(at, 1)
      }
    },
  }
}

const tooMany = (detail: string): ProblemError => new ProblemError('rate_limited', detail)
