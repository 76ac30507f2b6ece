import type { Client } from '../../shared/client/client.js'
import type { Message } from '../../shared/contract/message.js'
import { ProblemError } from '../../shared/contract/problem.js'

/** A question of a session with what was answered to it. */
export interface Question {
  readonly message: Message
  /** The last message of its answer; while there is none, the question. */
  readonly last: Message
  /** Counted from the end: 1 is the last. */
  readonly number: number
}

/** The questions among messages that ascend, the last one first. */
export function questionsOf(messages: readonly Message[]): Question[] {
  const starts = messages.flatMap(({ role }, index) => (role === 'user' ? [index] : []))
  return starts.reverse().flatMap((start, index) => {
    const end = starts[index - 1] ?? messages.length
    const [message, last] = [messages[start], messages[end - 1]]
    return message && last ? [{ message, last, number: index + 1 }] : []
  })
}

/** So many messages are read at once. */
const pageLength = 100

/** The question of a number, 1 the last, as the daemon has it. Throws ProblemError where there are not so many. */
export async function findQuestion(
  client: Pick<Client, 'pageMessages'>,
  sessionId: string,
  number: number,
): Promise<Question> {
  let messages: readonly Message[] = []
  let older: string | undefined
  do {
    const page = await client.pageMessages(sessionId, pageLength, older)
    messages = [...page.items, ...messages]
    older = page.older
    const found = questionsOf(messages)[number - 1]
    if (found !== undefined) return found
  } while (older !== undefined)
  const { length } = questionsOf(messages)
  if (length === 0) throw new ProblemError('invalid_request', 'nothing was asked here yet')
  const many = length === 1 ? 'one question' : `${length} questions`
  throw new ProblemError(
    'invalid_request',
    `there is no question ${number}: this session has ${many}`,
    {
      hint: 'They are counted from the end; 1 is the last.',
    },
  )
}

/** The number of a question as it is typed. Throws ProblemError. */
export function questionNumber(typed: string): number {
  if (/^[1-9]\d{0,8}$/.test(typed)) return Number(typed)
  throw new ProblemError('invalid_request', `"${typed}" is not the number of a question`, {
    hint: 'They are counted from the end; 1 is the last.',
  })
}
