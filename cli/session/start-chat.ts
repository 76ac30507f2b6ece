import type { Client } from '../../shared/client/client.js'
import type { Session } from '../../shared/contract/session.js'
import type { ClientConfig } from '../config.js'
import { connectToDaemon } from '../connect.js'
import type { ChatOptions } from '../open-chat.js'
import { openSession } from './open-session.js'

/** What a chat begins with. */
export interface ChatStart {
  readonly config: ClientConfig
  readonly client: Client
  readonly session: Session
}

/** Sessions in the list of a chat. */
export const listedSessions = 500
/** Messages that are read at once: more than a screen has rows for, and soon read. */
export const messagesPerPage = 16

/**
 * Connects and opens the session that the options name. What the first frame will ask for is asked
 * already. Throws ProblemError.
 */
export async function startChat(config: ClientConfig, options: ChatOptions): Promise<ChatStart> {
  const client = await connectToDaemon(config)
  const opening = openSession(client, options)
  const ahead = {
    listRoles: askedOnce(client.listRoles),
    listModels: askedOnce(client.listModels),
  }
  const session = await opening
  const about = {
    // After the session was opened, which may have made it.
    listSessions: askedOnce<[limit?: number], Session[]>(client.listSessions, listedSessions),
    pageMessages: askedOnce(client.pageMessages, session.id, messagesPerPage),
  }
  return { config, client: { ...client, ...ahead, ...about }, session }
}

/** A function that was called already: the first call with the same arguments gets that answer. */
function askedOnce<Args extends unknown[], Answer>(
  ask: (...args: Args) => Promise<Answer>,
  ...asked: Args
): (...args: Args) => Promise<Answer> {
  let answer: Promise<Answer> | undefined = ask(...asked)
  // Whoever wants it hears of an error.
  answer.catch(() => undefined)
  return (...args) => {
    const isSame = asked.every((arg, index) => arg === args[index]) && asked.length === args.length
    const known = answer
    answer = undefined
    return isSame && known !== undefined ? known : ask(...args)
  }
}
