import type { Client } from '../../shared/client/client.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Session } from '../../shared/contract/session.js'
import { connectToDaemon } from '../connect.js'
import type { SlashChat, SlashCommand } from '../tui/slash/command.js'
import { printOverlay } from './line-lists.js'
import { type Overlay, slashChatOf } from './line-slash-chat.js'
import type { LineChat } from './line-state.js'

/** Something that is done to the chat, as a command does it. */
export type LineAction = (slash: SlashChat, client: Client) => void | Promise<void>

/** A command with its arguments as something to do. */
export function actionOf(
  chat: LineChat,
  { command, args }: { command: SlashCommand; args: readonly string[] },
): LineAction {
  const takesModel = args.length > 0 && command.args.some(({ kind }) => kind === 'model')
  return async (slash, client) => {
    if (takesModel) chat.catalogue = await client.listModels().catch(() => chat.catalogue)
    await command.run(slash, args)
  }
}

/** Acts with the daemon of this moment: it may have been renewed since the last time. */
export async function act(
  chat: LineChat,
  action: LineAction,
  options: { clears: boolean; retry(): void; type(line: string): void; quit(): void },
): Promise<void> {
  const client = await connectToDaemon(chat.config)
  let opened: Overlay | undefined
  const open = (overlay: Overlay): void => {
    opened = overlay
  }
  try {
    const [session, roles] = await Promise.all([readSession(client, chat), client.listRoles()])
    Object.assign(chat, { session, roles })
    await action(slashChatOf(chat, client, { ...options, open }), client)
    if (opened !== undefined) await printOverlay(chat, client, opened)
  } finally {
    client.close()
  }
}

/** As it is now; one that was deleted elsewhere can still be left for another. */
async function readSession(client: Client, { session }: LineChat): Promise<Session> {
  try {
    return await client.getSession(session.id)
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'not_found') return session
    throw error
  }
}
