import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Place } from './place.js'

/** What `up` leaves for the commands that follow. */
export interface Memory {
  readonly mode?: 'local' | 'compose'
  readonly localModel?: boolean
  /** Settings that it wrote into config.json, and what stood there before. */
  readonly wrote?: Readonly<
    Record<string, { readonly value: string; readonly before: string | null }>
  >
}

type State = Pick<Place, 'state'>

const file = (place: State): string => join(place.state, 'stack.json')

export function recall(place: State): Memory {
  try {
    const memory: unknown = JSON.parse(readFileSync(file(place), 'utf8'))
    return typeof memory === 'object' && memory !== null ? memory : {}
  } catch {
    // Nothing was brought up yet.
    return {}
  }
}

export function remember(place: State, changes: Memory): void {
  const draft = `${file(place)}.${process.pid}`
  const memory = { ...recall(place), ...changes }
  writeFileSync(draft, `${JSON.stringify(memory, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, file(place))
}
