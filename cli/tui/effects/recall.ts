import {
  addEntry,
  createHistory,
  type History,
  newerEntry,
  olderEntry,
} from '../composer/history.js'
import type { HistoryFile } from '../composer/history-file.js'

/** What was sent before, in every session; each session keeps its own place in it, and its draft. */
export interface Recall {
  /** Resolves when the file has been read; undefined: it has been. */
  readonly loading: Promise<void> | undefined
  /** The text one step further, older or newer; undefined: there is none. */
  step(sessionId: string, older: boolean, text: string): string | undefined
  add(sessionId: string, text: string): void
}

export function createRecall(file: HistoryFile): Recall {
  let entries: readonly string[] = []
  const places = new Map<string, History>()
  const at = (id: string): History => ({ ...(places.get(id) ?? createHistory([])), entries })

  const load = async (): Promise<void> => {
    entries = [...(await file.load()), ...entries]
  }
  let loading: Promise<void> | undefined = load().finally(() => {
    loading = undefined
  })
  return {
    get loading() {
      return loading
    },
    step(id, older, text) {
      const step = (older ? olderEntry : newerEntry)(at(id), text)
      if (step === undefined) return undefined
      places.set(id, step.history)
      return step.text
    },
    add(id, text) {
      const added = addEntry(at(id), text)
      const more = added.entries.length - entries.length
      entries = added.entries
      places.delete(id)
      // Places are counted from the newest entry.
      for (const [other, place] of places) {
        if (place.position > 0) places.set(other, { ...place, position: place.position + more })
      }
      void file.append(text)
    },
  }
}
