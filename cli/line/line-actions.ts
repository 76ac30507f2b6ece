import type { Client } from '../../shared/client/client.js'
import type { Session } from '../../shared/contract/session.js'
import type { ClientConfig } from '../config.js'
import { connectToDaemon } from '../connect.js'
import { pickByName } from '../input/pick.js'
import { fieldLines, printLines } from '../output/print.js'
import { showMessages } from '../output/show-session.js'
import { terminalTable } from '../output/table.js'
import { themeOf } from '../output/terminal-theme.js'
import { createLike } from '../session/open-session.js'
import { sanitiseLine } from '../text/sanitise.js'
import { paintToken } from '../text/theme.js'
import { wrapAnsi } from '../text/wrap.js'
import { chooseModel, describeSession } from './line-session.js'
import { type SlashName, slashCommands, slashNames } from './slash.js'

/** How much of a session is shown when it is opened. */
const shownMessages = 4
const clearScreen = '\x1b[H\x1b[2J\x1b[3J'

/** The chat as its commands see it. */
export interface LineChat {
  readonly config: ClientConfig
  session: Session
}

/** A line from us, told apart from what a model says. */
export function notice({ config }: Pick<LineChat, 'config'>, text: string): void {
  const theme = themeOf(process.stdout, config.env)
  const lines = wrapAnsi(sanitiseLine(text), process.stdout.columns || 80)
  printLines(lines.map((line) => paintToken(theme, 'dim', line)))
}

/** Says where the user is, and what was said last there. */
export async function showOpening(chat: LineChat, client: Client): Promise<void> {
  const [roles, messages] = await Promise.all([
    client.listRoles(),
    client.listMessages(chat.session.id),
  ])
  notice(chat, `${describeSession(chat.session, roles)}. /help lists the commands.`)
  const past = messages.filter(({ status }) => status !== 'streaming').slice(-shownMessages)
  if (past.length === 0) return
  await showMessages(past, themeOf(process.stdout, chat.config.env))
  printLines([''])
}

/** One line when there is no model to talk to, and what to do about it. */
export async function sayIfOffline(chat: LineChat, client: Client): Promise<void> {
  const { source, data } = await client.listModels()
  const demo = data.find(({ litellm_provider }) => litellm_provider === 'offline')
  if (source !== 'offline' || demo === undefined || chat.session.model === demo.id) return
  notice(
    chat,
    `No model gateway answers. /model ${demo.id} talks to a built-in demo; ` +
      'c2a config set gateway.url URL names a gateway.',
  )
}

type Action = (chat: LineChat, client: Client, argument: string) => Promise<void> | void

const actions: Record<Exclude<SlashName, 'quit'>, Action> = {
  help(chat) {
    const rows = slashNames.map((name) => {
      const { argument, summary } = slashCommands[name]
      return [`/${name}${argument === undefined ? '' : ` ${argument}`}`, summary] as const
    })
    printLines(fieldLines(rows))
    notice(chat, 'Anything else goes to the model; //x sends /x.')
  },
  new: openNew,
  async clear(chat, client) {
    if (chat.config.env['TERM'] !== 'dumb') process.stdout.write(clearScreen)
    await openNew(chat, client)
  },
  async model(chat, client, argument) {
    // Without a list any name will do: the gateway decides.
    const ids = await client.listModels().then(
      ({ data }) => data.map(({ id }) => id),
      () => [],
    )
    const { id, known } = chooseModel(ids, argument)
    const planned = chat.session.plan !== null
    chat.session = await client.patchSession(chat.session.id, { model: id, plan: null })
    const doubt = known ? '' : ' (not in the list of the gateway, which decides)'
    notice(chat, `model: ${id}${doubt}${planned ? '; plan mode is off' : ''}`)
  },
  async models(chat, client) {
    const { data } = await client.listModels()
    const rows = data.map(({ id, litellm_provider }) => [
      id === chat.session.model ? '*' : '',
      id,
      litellm_provider ?? '-',
    ])
    printTable(['', 'MODEL', 'PROVIDER'], rows)
  },
  async role(chat, client, argument) {
    const role = pickByName(await client.listRoles(), argument, 'role')
    chat.session = await client.patchSession(chat.session.id, { role_id: role.id })
    notice(chat, `role: ${role.name}`)
  },
  async roles(chat, client) {
    const roles = await client.listRoles()
    if (roles.length === 0) return notice(chat, 'There are no roles; c2a roles create makes one.')
    const rows = roles.map(({ id, name, instructions }) => [
      id === chat.session.role_id ? '*' : '',
      name,
      instructions,
    ])
    printTable(['', 'ROLE', 'INSTRUCTIONS'], rows)
  },
  async clear_role(chat, client) {
    chat.session = await client.patchSession(chat.session.id, { role_id: null })
    notice(chat, 'no role')
  },
  /** What runs here is stopped before it comes to this; another terminal may have asked something. */
  async stop(chat, client) {
    const { live_turn_id } = await client.getSession(chat.session.id)
    if (live_turn_id === null) return notice(chat, 'Nothing is running.')
    const { status } = await client.stopSession(chat.session.id)
    const ended = status === 'stopped' ? 'stopped' : `it ended just now: ${status}`
    notice(chat, `The answer that another terminal asked for: ${ended}.`)
  },
}

async function openNew(chat: LineChat, client: Client): Promise<void> {
  chat.session = await createLike(client, chat.session)
  await showOpening(chat, client)
}

function printTable(titles: readonly string[], rows: readonly (readonly string[])[]): void {
  // The name is what one has to type: it keeps its width longest.
  const least = [1, 28, 8]
  const columns = titles.map((title, index) => ({ title, elastic: least[index] ?? 8 }))
  printLines(terminalTable(columns, rows, { width: process.stdout.columns || 80 }))
}

/** Runs a command against the daemon of this moment: it may have been renewed since the last one. */
export async function runAction(
  chat: LineChat,
  name: keyof typeof actions,
  argument: string,
): Promise<void> {
  const client = await connectToDaemon(chat.config)
  try {
    await actions[name](chat, client, argument)
  } finally {
    client.close()
  }
}
