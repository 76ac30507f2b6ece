import type { Message } from '../../../shared/contract/message.js'
import { hasBegun } from '../../output/message-ending.js'

/** What stands in the transcript, in order. Its texts are as they came: sanitised when drawn. */
export type Entry = MessageEntry | NoticeEntry

export interface MessageEntry {
  readonly kind: 'message'
  readonly message: Message
  /** An older answer in place of the newest: which, of how many. */
  readonly variant?: { readonly at: number; readonly of: number }
  /** What the daemon warned of while it ran here, e.g. that the context is nearly full. */
  readonly warnings?: readonly string[]
}

/** Said by us, e.g. the result of a slash command. Never stored. */
export interface NoticeEntry {
  readonly kind: 'notice'
  readonly id: string
  readonly tone: 'info' | 'warn' | 'error'
  /** Lines; a long one is wrapped. */
  readonly text: string
  /** What it tells of, e.g. a command; the next one of that kind takes its place. */
  readonly about?: string | undefined
}

/** The id of what is shown: a message's own. */
export function idOf(entry: Entry): string {
  return entry.kind === 'notice' ? entry.id : entry.message.id
}

/** All but an implementation that never began. */
export function isShown(entry: Entry, index: number, entries: readonly Entry[]): boolean {
  const before = entries[index - 1]
  if (entry.kind === 'notice' || before?.kind !== 'message') return true
  return hasBegun(entry.message, before.message)
}
