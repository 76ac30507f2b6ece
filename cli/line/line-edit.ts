import { connectToDaemon } from '../connect.js'
import { forkSession } from '../session/fork.js'
import { type LineChat, notice } from './line-state.js'

/**
 * Makes a fork that ends before a question and asks there. False: nothing was asked, no fork stays, and the
 * session at hand is the one before. Throws ProblemError.
 */
export async function askInFork(
  chat: LineChat,
  messageId: string,
  ask: () => Promise<boolean>,
): Promise<boolean> {
  const from = chat.session
  const client = await connectToDaemon(chat.config)
  try {
    chat.session = await forkSession(client, from.id, { message_id: messageId, before: true })
    notice(chat, `This is a fork of "${from.title}", which stays as it is.`)
    if (await ask()) return true
    const { id } = chat.session
    chat.session = from
    await client.deleteSession(id)
    return false
  } finally {
    client.close()
  }
}
