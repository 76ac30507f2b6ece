import { cleanText } from './clean-text.js'

/** What was sent before, and where in it one stands. A value. */
export interface History {
  /** Oldest first. */
  readonly entries: readonly string[]
  /** 0 for the draft, 1 for the newest entry. */
  readonly position: number
  /** What was being written when one went into the history. */
  readonly draft: string
}

/** A step in the history: the new state, and the text to edit now. */
export interface HistoryStep {
  readonly history: History
  readonly text: string
}

/** A history at its draft. Entries are oldest first; they are made clean when recalled. */
export function createHistory(entries: readonly string[]): History {
  return { entries, position: 0, draft: '' }
}

/** The history with a sent text as its newest entry (unless blank, or the same as the last), at the draft. */
export function addEntry(history: History, text: string): History {
  const isNew = text.trim() !== '' && text !== history.entries.at(-1)
  return createHistory(isNew ? [...history.entries, text] : history.entries)
}

/**
 * The next older entry that differs from `text`, which is what the editor holds; undefined where
 * there is none. A recalled entry that was edited since is the draft from then on.
 */
export function olderEntry(history: History, text: string): HistoryStep | undefined {
  const { entries, position, draft } = here(history, text)
  for (let older = position + 1; older <= entries.length; older += 1) {
    const found = entryAt(history, older)
    if (found !== text) return { history: { entries, position: older, draft }, text: found }
  }
  return undefined
}

/** The next newer entry, at last the draft; undefined at the draft and for an edited entry. */
export function newerEntry(history: History, text: string): HistoryStep | undefined {
  const { entries, position, draft } = here(history, text)
  for (let newer = position - 1; newer >= 0; newer -= 1) {
    const found = newer === 0 ? draft : entryAt(history, newer)
    if (found !== text || newer === 0) {
      return { history: { entries, position: newer, draft }, text: found }
    }
  }
  return undefined
}

function here(history: History, text: string): History {
  const isRecalled = history.position > 0 && entryAt(history, history.position) === text
  return isRecalled ? history : { ...history, position: 0, draft: text }
}

function entryAt({ entries }: History, position: number): string {
  return cleanText(entries[entries.length - position] ?? '')
}
