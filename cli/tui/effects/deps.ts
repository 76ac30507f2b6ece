import { ProblemError } from '../../../shared/contract/problem.js'
import { inChatWords } from '../../output/chat-words.js'
import type { Link } from '../state/link.js'
import type { Store } from '../state/store.js'
import type { Entry } from '../transcript/entry.js'
import type { Transcript } from '../transcript/transcript.js'

/** What effects work with. */
export interface Deps {
  readonly store: Store
  readonly link: Link
  readonly transcript: Transcript
  /** The transcript has changed; it is drawn with the next frame. */
  redraw(): void
  /** Ms since the epoch. */
  now(): number
}

let notices = 0

/**
 * Says something in the transcript, unless it was the last thing said; it is never stored. What was
 * said last `about` the same is not true any more: this stands in its place.
 */
export function notice(
  { transcript, redraw }: Deps,
  text: string,
  tone: 'info' | 'warn' | 'error' = 'info',
  about?: string,
): void {
  const last = transcript.entries().at(-1)
  if (last?.kind === 'notice' && last.text === text && last.tone === tone) return
  notices += 1
  const entry: Entry = { kind: 'notice', id: `notice-${notices}`, tone, text, about }
  const isOld = about !== undefined && last?.kind === 'notice' && last.about === about
  if (isOld) transcript.replace(last.id, entry)
  else transcript.append(entry)
  redraw()
}

/** Tells what went wrong and what to do; what is no problem of ours is a bug. */
export function noticeProblem(deps: Deps, error: unknown): void {
  if (error instanceof ProblemError) {
    const hint = error.hint === undefined ? '' : `\n${inChatWords(error.hint)}`
    return notice(deps, `${error.message}${hint}`, 'error')
  }
  const message = error instanceof Error ? error.message : String(error)
  notice(deps, `${message}\nThis is a bug in c2a.`, 'error')
}

/** Runs an effect to its end; an error is told where the user is. */
export function guard(deps: Deps, effect: Promise<unknown>): void {
  effect.catch((error: unknown) => noticeProblem(deps, error))
}
