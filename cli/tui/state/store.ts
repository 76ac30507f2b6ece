import type { Action } from './action.js'
import { reduce } from './reduce.js'
import type { State } from './state.js'

export interface Store {
  /** The state of this moment. */
  readonly state: State
  dispatch(action: Action): void
}

/** The one place where the state changes; `onChange` is called when it did. */
export function createStore(initial: State, onChange: () => void): Store {
  let state = initial
  return {
    get state() {
      return state
    },
    dispatch(action) {
      const next = reduce(state, action)
      if (next === state) return
      state = next
      onChange()
    },
  }
}
