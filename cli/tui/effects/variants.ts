import type { Message } from '../../../shared/contract/message.js'
import type { MessageEntry } from '../transcript/entry.js'
import type { Transcript } from '../transcript/transcript.js'
import { type Deps, notice } from './deps.js'

/** So many of the newest messages are looked through, replaced ones included. */
const lookBack = 200

/**
 * Shows the answer before the one that is shown to the last question, and after the oldest the newest
 * again. Only here: what goes along with the next question is the newest. Throws ProblemError.
 */
export async function showOlderAnswer(deps: Deps): Promise<void> {
  const { store, link, transcript, redraw } = deps
  const { session, turn } = store.state
  const shown = lastAnswerShown(transcript)
  if (turn !== undefined || session === undefined) return notice(deps, 'An answer is running.')
  if (shown === undefined) {
    const isPlan = lastMessage(transcript)?.message.kind === 'plan'
    const what = isPlan ? 'This plan has no answer yet; r plans and answers again.' : undefined
    return notice(deps, what ?? 'There is no answer yet.')
  }
  const rows = await link.once((client) => client.pageVariants(session.id, lookBack))
  // Another session is open by now, or another answer came.
  if (lastAnswerShown(transcript) !== shown) return
  const { id } = shown.message
  const newest = rows.find((row) => row.id === id)
  const all = [...rows.filter((row) => isOlder(row, id)), ...(newest ? [newest] : [])]
  if (newest === undefined || all.length < 2) {
    return notice(deps, 'There is no other answer to it; r has one made.')
  }
  const at = ((shown.variant?.at ?? all.length) + all.length - 2) % all.length
  const source = all[at] ?? newest
  const variant = source === newest ? undefined : { at: at + 1, of: all.length }
  transcript.replace(id, entryFor(source, newest, variant))
  const plan = rows.find((row) => row.kind === 'plan' && row.turn_id === newest.turn_id)
  const itsPlan = rows.find((row) => row.kind === 'plan' && row.turn_id === source.turn_id)
  if (plan !== undefined) {
    // One that had none leaves no other older one there, which is not its own.
    const shownPlan = itsPlan ? entryFor(itsPlan, plan, variant) : entryFor(plan, plan, undefined)
    transcript.replace(plan.id, shownPlan)
  }
  // It may be far above what was noticed since, and a change out of sight is none.
  transcript.show(id)
  redraw()
}

/**
 * Shows an older answer, or plan, where the newest stands, or the newest again. False: it is further back than is looked,
 * or it is not there. Throws ProblemError.
 */
export async function showVariant(
  { store, link, transcript }: Deps,
  { id, newestId }: { id: string; newestId: string },
): Promise<boolean> {
  const { session } = store.state
  if (session === undefined) return false
  const rows = await link.once((client) => client.pageVariants(session.id, lookBack))
  const source = rows.find((row) => row.id === id)
  const newest = rows.find((row) => row.id === newestId)
  if (source === undefined || newest === undefined) return false
  const isPlan = source.kind === 'plan'
  const older = rows.filter(
    ({ variant_of, kind, content }) =>
      variant_of === newestId && (kind === 'plan') === isPlan && content.trim() !== '',
  )
  const place = { at: older.indexOf(source) + 1, of: older.length + 1 }
  const variant = source === newest ? undefined : place
  transcript.replace(newestId, entryFor(source, newest, variant))
  return true
}

function lastMessage(transcript: Transcript): MessageEntry | undefined {
  return transcript.entries().findLast((entry) => entry.kind === 'message')
}

function lastAnswerShown(transcript: Transcript): MessageEntry | undefined {
  const last = lastMessage(transcript)
  const isAnswer = last?.message.role === 'assistant' && last.message.kind !== 'plan'
  return isAnswer ? last : undefined
}

/** An answer with a text, as the daemon counts them. */
function isOlder({ variant_of, kind, content }: Message, id: string): boolean {
  return variant_of === id && kind !== 'plan' && content.trim() !== ''
}

/** It stands for the newest: what is done with the last answer is done with that one. */
function entryFor(
  source: Message,
  newest: Message,
  variant: MessageEntry['variant'],
): MessageEntry {
  const { id, seq, turn_id, variants } = newest
  const own = {
    ...{ id, seq },
    ...(turn_id !== undefined && { turn_id }),
    ...(variants !== undefined && { variants }),
  }
  return { kind: 'message', message: { ...source, ...own }, ...(variant && { variant }) }
}
