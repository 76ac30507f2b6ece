import type { Client } from '../../shared/client/client.js'
import type { Session } from '../../shared/contract/session.js'
import { formatAge } from '../output/age.js'
import { printLines } from '../output/print.js'
import { cutToWidth } from '../output/table.js'
import { sanitiseLine } from '../text/sanitise.js'
import { modelCommand } from '../tui/slash/commands/model.js'
import { roleCommand } from '../tui/slash/commands/role.js'
import { slashHelp } from '../tui/slash/help.js'
import type { LineAction } from './line-act.js'
import { showOpening } from './line-opening.js'
import type { Overlay } from './line-slash-chat.js'
import { type LineChat, notice, printText } from './line-state.js'

interface Item {
  readonly name: string
  /** What it is in this session, e.g. `current`; undefined: nothing. */
  readonly mark: string | undefined
  readonly detail: string
  choose: LineAction
}

const shownSessions = 20

/** Prints what is an overlay on a full screen, and keeps what its numbers choose. */
export async function printOverlay(
  chat: LineChat,
  client: Client,
  overlay: Overlay,
): Promise<void> {
  if (overlay === 'help') return printHelp(chat)
  const items = await itemsOf[overlay](chat, client)
  if (items.length === 0) return notice(chat, nothingOf[overlay])
  printLines(items.map(lineOf))
  chat.choices = items.map(({ choose }) => choose)
  notice(chat, 'A number chooses one; Enter leaves it.')
}

const nothingOf = {
  models: 'The gateway has no models.',
  roles: 'There are no roles; c2a roles create makes one.',
  sessions: 'There are no sessions.',
}

const itemsOf = {
  async models(chat: LineChat, client: Client): Promise<Item[]> {
    chat.catalogue = await client.listModels()
    return chat.catalogue.data.map(({ id, litellm_provider }) => ({
      name: id,
      mark: useOf(chat.session, id),
      detail: litellm_provider === null ? '' : `, ${litellm_provider}`,
      choose: (slash) => modelCommand.run(slash, [id]),
    }))
  },
  async roles({ roles, session }: LineChat): Promise<Item[]> {
    return roles.map(({ id, name, instructions }) => ({
      name,
      mark: id === session.role_id ? 'current' : undefined,
      detail: `: ${instructions}`,
      choose: (slash) => roleCommand.run(slash, [name]),
    }))
  },
  async sessions(chat: LineChat, client: Client): Promise<Item[]> {
    const sessions = await client.listSessions(shownSessions)
    return sessions.map(({ id, title, updated_at, live_turn_id }) => ({
      name: title,
      mark: id === chat.session.id ? 'current' : undefined,
      detail: `, ${formatAge(updated_at, Date.now())}${live_turn_id === null ? '' : ', answering'}`,
      async choose(_, opening) {
        chat.session = await opening.getSession(id)
        await showOpening(chat, opening)
      },
    }))
  },
}

function useOf({ plan, model }: Session, id: string): string | undefined {
  if (plan === null) return id === model ? 'current' : undefined
  const uses = [
    ...(id === plan.planning_model ? ['plans'] : []),
    ...(id === plan.answering_model ? ['answers'] : []),
  ]
  return uses.length === 0 ? undefined : uses.join(' and ')
}

function lineOf({ name, mark, detail }: Item, index: number): string {
  const marked = mark === undefined ? name : `${name} (${mark})`
  const line = sanitiseLine(`${index + 1}. ${marked}${detail}`)
  return cutToWidth(line, process.stdout.columns || 80)
}

function printHelp(chat: LineChat): void {
  printText(
    slashHelp()
      .map(({ usage, summary }) => `${usage}: ${summary}`)
      .join('\n'),
  )
  notice(
    chat,
    'Anything else goes to the model; one more slash in front sends a text that begins with one.\n' +
      'Ctrl+C stops the answer. Ctrl+D leaves, as does Ctrl+C twice.',
  )
}
