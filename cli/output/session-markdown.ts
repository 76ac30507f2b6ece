import type { Message } from '../../shared/contract/message.js'
import type { Session } from '../../shared/contract/session.js'
import { sanitiseLine } from '../text/sanitise.js'

/** A session as a document. The messages' texts are in it as they are: sanitise it for a terminal. */
export function sessionMarkdown(
  { title, created_at, model, plan }: Session,
  messages: readonly Message[],
): string {
  const models = plan === null ? model : `${plan.planning_model}, then ${plan.answering_model}`
  const about = [created_at.slice(0, 10), ...(models === null ? [] : [models])].join(' · ')
  const parts = messages.flatMap((message) => [
    `## ${sanitiseLine(headingOf(message))}`,
    ...(message.content.trim() === '' ? [] : [message.content.trim()]),
  ])
  return `${[`# ${sanitiseLine(title)}`, sanitiseLine(about), ...parts].join('\n\n')}\n`
}

function headingOf({ role, kind, model, status }: Message): string {
  if (role === 'user') return 'You'
  const who = model ?? 'Assistant'
  const what = kind === 'plan' ? `Plan by ${who}` : who
  return status === 'complete' ? what : `${what} (${status})`
}
