import type { Message } from '../../../shared/contract/message.js'

/** What stands in the transcript, in order. Its texts are as they came: sanitised when drawn. */
export type Entry = MessageEntry | NoticeEntry

export interface MessageEntry {
  readonly kind: 'message'
  readonly message: Message
  /** Why it failed, when that is known here; the stored message has only its code. */
  readonly problem?: EntryProblem
  /** How long the answer took, ms; known only for answers that ran here. */
  readonly elapsedMs?: number
  /** What the daemon warned of while it ran here, e.g. that the context is nearly full. */
  readonly warnings?: readonly string[]
}

export interface EntryProblem {
  readonly code: string
  readonly detail: string
  readonly hint?: string
}

/** Said by us, e.g. the result of a slash command. Never stored. */
export interface NoticeEntry {
  readonly kind: 'notice'
  readonly id: string
  readonly tone: 'info' | 'warn' | 'error'
  /** Lines; a long one is wrapped. */
  readonly text: string
}
