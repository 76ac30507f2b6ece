import { isTerminal, type TurnOutcome } from '../../shared/contract/event.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { sizeProblem } from '../../shared/limits.js'
import type { SessionStore } from '../store/sessions.js'
import type { NamedRole } from '../store/slack.js'
import type { Attached } from '../turns/attach.js'
import type { TurnService } from '../turns/service.js'
import type { Command } from './command.js'
import type { Reply } from './hooks.js'
import { escaped, fitted, oneLine } from './mrkdwn.js'
import { whisper } from './roles.js'

export interface AskDeps {
  sessions: Pick<SessionStore, 'create'>
  turns: Pick<TurnService, 'start' | 'removeSession'>
}

/**
 * Asks the default model in a session of its own and gives what is to be posted when it has answered.
 * What a channel was told never reaches another one that way. Throws ProblemError when nothing began.
 */
export async function askModel(
  { sessions, turns }: AskDeps,
  command: Command,
  role: NamedRole | undefined,
  signal: AbortSignal,
): Promise<Reply> {
  const { text: message } = command
  const problem = sizeProblem(message)
  if (problem !== undefined) throw new ProblemError('payload_too_large', problem)
  // A user of Slack is no user of this daemon: nobody else's sessions are theirs, nor theirs anyone's.
  const owner = `slack:${command.teamId}:${command.userId}`
  const session = await sessions.create(owner, { role_id: role?.id })
  let attached: Attached
  try {
    attached = await turns.start({ owner, sessionId: session.id, asked: { message }, params: {} })
  } catch (error) {
    await turns.removeSession(owner, session.id)
    throw error
  }
  const { text, outcome } = await readAnswer(attached, signal)
  return replyOf({ message, text, outcome, role })
}

async function readAnswer(
  attached: Attached,
  signal: AbortSignal,
): Promise<{ text: string; outcome: TurnOutcome | undefined }> {
  let text = ''
  let outcome: TurnOutcome | undefined
  for await (const batch of attached.events(signal)) {
    for (const { event, data } of batch) {
      if (event === 'delta') text += data
      if (isTerminal(event)) outcome = JSON.parse(data)
    }
  }
  return { text, outcome }
}

interface Answer {
  message: string
  text: string
  outcome: TurnOutcome | undefined
  role: NamedRole | undefined
}

/** The question stands above the answer, since a channel does not see what was typed. */
function replyOf({ message, text, outcome, role }: Answer): Reply {
  const complete = outcome?.status === 'complete'
  const why = outcome?.problem?.detail ?? 'the daemon was stopped'
  if (text.trim() === '') return whisper(`There is no answer: ${escaped(oneLine(why))}`)
  const before = `>${escaped(oneLine(message))}\n`
  const model = outcome?.messages.at(-1)?.model
  const by = [model, role?.name].filter((name) => typeof name === 'string').map(shown)
  const signature = by.length > 0 ? `\n\n_${by.join(' · ')}_` : ''
  const cut = complete ? '' : `\n\n_The answer was cut off: ${escaped(oneLine(why))}_`
  return { response_type: 'in_channel', text: fitted(text, { before, after: cut + signature }) }
}

const shown = (name: string): string => escaped(oneLine(name, 100))
