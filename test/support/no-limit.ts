import type { HistoryLimit } from '../../daemon/store/turn-start.js'
import { ProblemError } from '../../shared/contract/problem.js'

/** For turns that may read any history. */
export const noLimit = (): HistoryLimit => ({
  most: Infinity,
  refusal: new ProblemError('context_window'),
})
