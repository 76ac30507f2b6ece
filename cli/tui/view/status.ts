import { isNear, todayOf } from '../../output/spend-words.js'
import type { KeyHint } from '../panes/key-hint.js'
import type { RunningTurn, StatusLineProps } from '../panes/status-line.js'
import type { State } from '../state/state.js'
import type { Entry } from '../transcript/entry.js'
import type { Transcript } from '../transcript/transcript.js'

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const plainSpinner = ['-', '\\', '|', '/']
/** How often the spinner turns, ms. */
export const spinnerMs = 120

/** Characters of English text that a token stands for, on average. */
const charactersPerToken = 4
/** A rate over less time than this says nothing, ms. */
const leastTimeMs = 1_000

/** What the running turn does, for the status line. */
export function runningView(
  state: State,
  live: ReturnType<Transcript['live']>,
  { now, isAscii }: { now: number; isAscii: boolean },
): RunningTurn | undefined {
  const { turn } = state
  if (turn === undefined) return undefined
  const elapsedMs = Math.max(0, now - turn.startedAt)
  const frames = isAscii ? plainSpinner : spinner
  const characters = (live?.characters ?? 0) + (live?.reasoningCharacters ?? 0)
  const rate = characters / charactersPerToken / (elapsedMs / 1_000)
  const held = heldUpBy(state)
  return {
    spinner: frames[Math.floor(now / spinnerMs) % frames.length] ?? '',
    phase: held ?? (turn.isStopping ? 'stopping' : (live?.phase ?? 'waiting')),
    // A second shows on the clock: what is drawn changes no more often.
    elapsedMs: Math.floor(elapsedMs / 1_000) * 1_000,
    ...(held === undefined &&
      elapsedMs >= leastTimeMs &&
      characters > 0 && { tokensPerSecond: Math.round(rate), estimated: true }),
  }
}

/** What the answer waits for, where it is not the model. */
function heldUpBy({ turn, link }: State): string | undefined {
  if (link.kind === 'lost') return 'waiting for the daemon'
  return turn?.isStalled ? 'waiting for the database' : undefined
}

/** What the last answer used up, both of its parts in plan mode, what the session has cost, and budgets that are nearly spent. */
export function usageView(
  { turn, sessionUsage, spend }: State,
  entries: readonly Entry[],
): StatusLineProps['usage'] {
  if (turn !== undefined) return undefined
  const { cost_usd: dollars, cost_estimated: isEstimated } = sessionUsage ?? {}
  const { session_budget_usd: budget, day } = spend ?? {}
  return {
    tokens: tokensOf(entries),
    dollars,
    isEstimated,
    ...(isNear(dollars, budget) && { budget }),
    ...(spend && isNear(day?.cost_usd, day?.budget_usd) && { today: todayOf(spend) }),
  }
}

function tokensOf(entries: readonly Entry[]): number | undefined {
  const last = entries.findLast((entry) => entry.kind === 'message')?.message
  const counts = entries.flatMap((entry) => {
    const isPart = entry.kind === 'message' && entry.message.turn_id === last?.turn_id
    return isPart && entry.message.usage !== undefined ? [entry.message.usage.total_tokens] : []
  })
  if (last?.turn_id === undefined || counts.length === 0) return undefined
  return counts.reduce((total, count) => total + count, 0)
}

const everywhere: readonly KeyHint[] = [
  { keys: 'F1', what: 'help' },
  { keys: '^N', what: 'new' },
  { keys: '^S', what: 'sessions' },
  { keys: '^F', what: 'search' },
  { keys: '^O', what: 'models' },
  { keys: '^T', what: 'roles' },
  { keys: 'F4', what: 'theme' },
  { keys: '^B', what: 'panes' },
  { keys: 'tab', what: 'focus' },
]

const byFocus: Readonly<Record<State['focus'], readonly KeyHint[]>> = {
  composer: everywhere,
  transcript: [
    { keys: 'j/k', what: 'scroll' },
    { keys: 'space/b', what: 'page' },
    { keys: 'g/G', what: 'ends' },
    { keys: 'r', what: 'answer again' },
    { keys: 'v', what: 'older' },
    { keys: 'e', what: 'edit' },
    { keys: 'f', what: 'fork' },
    { keys: 'enter', what: 'write' },
    ...everywhere.slice(0, 3),
  ],
  sessions: [
    { keys: 'enter', what: 'open' },
    { keys: 'n', what: 'new' },
    { keys: 'd', what: 'delete' },
    { keys: '/', what: 'find' },
    { keys: 'esc', what: 'write' },
  ],
  roles: [
    { keys: 'enter', what: 'use' },
    { keys: 'n', what: 'new' },
    { keys: 'e', what: 'edit' },
    { keys: 'd', what: 'delete' },
    { keys: 'esc', what: 'write' },
  ],
}

const finding: readonly KeyHint[] = [
  { keys: 'enter', what: 'open' },
  { keys: '↑↓', what: 'choose' },
  { keys: 'esc', what: 'all of them' },
]

/** The keys that matter where the focus is. */
export function hintsFor({ focus, filter }: State): readonly KeyHint[] {
  return focus === 'sessions' && filter?.isTyping ? finding : byFocus[focus]
}
