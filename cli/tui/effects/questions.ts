import { findQuestion, type Question, questionsOf } from '../../session/questions.js'
import type { App } from '../app.js'
import { withEdit } from '../state/draft.js'
import type { Transcript } from '../transcript/transcript.js'
import { type Deps, notice } from './deps.js'

/** What was asked, as far as it is in the transcript; the last first. */
export function questionsShown(transcript: Transcript): Question[] {
  const entries = transcript.entries()
  return questionsOf(entries.flatMap((entry) => (entry.kind === 'message' ? [entry.message] : [])))
}

/** Forks the open session: all of it, or up to the answer of a question counted from the end. Throws ProblemError. */
export async function forkAt(app: App, number: number | undefined): Promise<void> {
  const question = await findHere(app, number ?? 1)
  if (question !== undefined) await forkUpTo(app, number === undefined ? undefined : question)
}

/** Forks up to the answer of the question that is looked at in the transcript. Throws ProblemError. */
export async function forkAtHand(app: App): Promise<void> {
  const question = questionAtHand(app)
  if (question !== undefined) await forkUpTo(app, question)
}

/** Puts a question, counted from the end, into the composer to be asked otherwise. Throws ProblemError. */
export async function editQuestion(app: App, number: number): Promise<void> {
  const question = await findHere(app, number)
  if (question !== undefined) beginEdit(app, question)
}

/** The same with the question that is looked at in the transcript. */
export function editAtHand(app: App): void {
  const question = questionAtHand(app)
  if (question !== undefined) beginEdit(app, question)
}

/** What was in the composer is there again when one leaves the edit. */
function beginEdit(app: App, { message, number }: Question): void {
  app.leaveEdit()
  const { id: messageId, content: text } = message
  const composer = withEdit(app.state.composer, { messageId, number, text })
  app.dispatch({ type: 'composed', composer })
  app.dispatch({ type: 'focused', focus: 'composer' })
}

/** The question of a number; undefined when another session is open by now. */
async function findHere({ link, store }: Deps, number: number): Promise<Question | undefined> {
  const id = store.state.session?.id ?? ''
  const question = await link.once((client) => findQuestion(client, id, number))
  return store.state.session?.id === id ? question : undefined
}

async function forkUpTo({ sessions }: App, question: Question | undefined): Promise<void> {
  await sessions.fork(question === undefined ? {} : { message_id: question.last.id })
}

/**
 * The last question at or above what is looked at: at the end the last one of all. Undefined, and it was
 * said why, where there is none that the daemon knows.
 */
function questionAtHand(deps: Deps): Question | undefined {
  const { transcript } = deps
  const entries = transcript.entries()
  const above = entries.slice(0, transcript.atHand() + 1)
  const asked = above.findLast((entry) => entry.kind === 'message' && entry.message.role === 'user')
  const shown = questionsShown(transcript)
  const found = shown.find(({ message }) => asked?.kind === 'message' && message === asked.message)
  const question = found ?? shown.at(-1)
  if (question === undefined) {
    notice(deps, 'Nothing was asked here yet.')
    return undefined
  }
  if (!question.message.id.startsWith('sent-')) return question
  notice(deps, 'The daemon does not have this question yet.')
  return undefined
}
