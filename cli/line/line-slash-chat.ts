import type { Client } from '../../shared/client/client.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { copyToClipboard } from '../output/clipboard.js'
import { forkSession } from '../session/fork.js'
import { createLike } from '../session/open-session.js'
import { findQuestion } from '../session/questions.js'
import { readCost } from '../session/read-cost.js'
import { keepSetting } from '../tui/effects/preferences.js'
import type { SlashChat } from '../tui/slash/command.js'
import { slashCommands } from '../tui/slash/registry.js'
import { showOpening } from './line-opening.js'
import { pastedLine } from './line-paste.js'
import { printHits } from './line-search.js'
import { type LineChat, notice } from './line-state.js'

/** What a command may ask to see. */
export type Overlay = Parameters<SlashChat['open']>[0]

/** So far back an answer is looked for, messages. */
const lookBack = 20

/** Top left, and empty; what has scrolled away stays the user's. */
const clearScreen = '\x1b[H\x1b[2J'

/** The chat as slash commands use it. */
export function slashChatOf(
  chat: LineChat,
  client: Client,
  options: {
    /** A new session begins on an empty screen, if this terminal can clear it. */
    clears: boolean
    open(overlay: Overlay): void
    retry(): void
    /** Puts text into the line that is typed next. */
    type(line: string): void
    quit(): void
  },
): SlashChat {
  const { config } = chat
  return {
    get session() {
      return chat.session
    },
    get roles() {
      return chat.roles
    },
    get catalogue() {
      return chat.catalogue
    },
    commands: slashCommands,
    notice: (text, tone) => notice(chat, text, tone),
    async patchSession(patch) {
      chat.session = await client.patchSession(chat.session.id, patch)
    },
    async lastAnswer() {
      const { items } = await client.pageMessages(chat.session.id, lookBack)
      return items.findLast(
        ({ role, status, content }) =>
          role === 'assistant' && status !== 'streaming' && content.trim() !== '',
      )?.content
    },
    copy: (text) =>
      copyToClipboard(text, { env: config.env, write: (bytes) => process.stdout.write(bytes) }),
    readCost: () => readCost(client, chat.session.id),
    async newSession() {
      const isUnused = await hasNoMessages(client, chat.session.id)
      if (!isUnused) chat.session = await createLike(client, chat.session)
      if (options.clears && config.env['TERM'] !== 'dumb') process.stdout.write(clearScreen)
      await showOpening(chat, client)
    },
    open: options.open,
    search: (text) => printHits(chat, client, text),
    get theme() {
      return chat.background
    },
    setTheme(theme) {
      chat.background = theme
      keepSetting(config, 'tui.theme', theme)
    },
    mouse: false,
    setMouse() {
      throw new ProblemError('invalid_request', 'the chat a line at a time does not use the mouse')
    },
    retry: options.retry,
    async edit(number) {
      const { message } = await findQuestion(client, chat.session.id, number)
      chat.editing = message.id
      options.type(pastedLine(message.content, true))
      const which = number === 1 ? 'the last question' : `question ${number} from the end`
      notice(chat, `Editing ${which}: Enter asks it in a fork, Ctrl+C leaves it.`)
    },
    async fork(number) {
      const from = chat.session
      const question = await findQuestion(client, from.id, number ?? 1)
      const upTo = number === undefined ? {} : { message_id: question.last.id }
      chat.session = await forkSession(client, from.id, upTo)
      const rest = from.live_turn_id === null ? 'which stays as it is' : 'where its answer goes on'
      notice(chat, `This is a fork of "${from.title}", ${rest}.`)
      await showOpening(chat, client)
    },
    /** What runs here is stopped before it comes to this; another terminal may have asked something. */
    async stop() {
      if (chat.session.live_turn_id === null) return notice(chat, 'Nothing is running.')
      const { status } = await client.stopSession(chat.session.id)
      const ended = status === 'stopped' ? 'stopped' : `it ended just now: ${status}`
      notice(chat, `The answer that another terminal asked for: ${ended}.`)
    },
    quit: options.quit,
  }
}

/** Such a session is as new as a new one. One that cannot be read is none to go on with. */
function hasNoMessages(client: Client, id: string): Promise<boolean> {
  return client.pageMessages(id, 1).then(
    ({ items }) => items.length === 0,
    () => false,
  )
}
