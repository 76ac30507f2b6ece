import { sanitiseLine } from '../text/sanitise.js'
import type { Candidate } from './candidates.js'
import type { Word } from './command-line.js'

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** The line that tells a shell to complete files itself: no candidate has a tab before its word. */
export const filesReply = '\tfiles'

/**
 * One line a candidate that begins like what is typed, whatever its case: the word, a tab, and what it is. For
 * bash only words, quoted as its line goes on.
 */
export function replyFor(shell: Shell, typed: Word, candidates: readonly Candidate[]): string[] {
  const wanted = typed.value.toLowerCase()
  // A name with a line break cannot be said in such a reply, and what a terminal may not be given is shown by none.
  const found = candidates.filter(
    ({ word }) => word.toLowerCase().startsWith(wanted) && sanitiseLine(word) === word,
  )
  if (shell === 'bash') return found.map(({ word }) => forBash(word, typed))
  return found.map(({ word, about }) => `${word}\t${sanitiseLine(about)}`)
}

/** What stands for a word behind this quote; none of it is a command, nor the end of the quote. */
function quotedIn(open: Word['open'], word: string): string {
  if (open === '"') return word.replaceAll(/["\\$`]/g, '\\$&')
  if (open === "'") return word.replaceAll("'", "'\\''")
  return word.replaceAll(/[^\p{L}\p{N}_@%+=:,./-]/gu, '\\$&')
}

function forBash(word: string, { raw, open }: Word): string {
  const quoted = quotedIn(open, word)
  // Behind a colon or an equals sign bash begins another word: what stands before it is not to be repeated.
  const upToBreak = open === '' ? /^.*[:=]/.exec(raw)?.[0].length : undefined
  return quoted.slice(upToBreak ?? 0)
}
