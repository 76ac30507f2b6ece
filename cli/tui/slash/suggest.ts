import {
  aboutParam,
  isParamName,
  paramNames,
  paramTable,
} from '../../../shared/contract/param-table.js'
import { takeWhole } from '../../text/sanitise.js'
import { endOfWord, quoteArgument, readArguments } from './arguments.js'
import type { SlashArgument, SlashChat, SlashCommand } from './command.js'
import { findCommand } from './lookup.js'
import { rankByName } from './rank.js'
import { usageOf } from './usage.js'

/** What a Tab may make of the line. Its label and detail are as they came: not sanitised. */
export interface Suggestion {
  readonly label: string
  readonly detail: string
  /** The whole text of the composer after it, and the cursor there in UTF-16 units. */
  readonly insert: { readonly text: string; readonly cursor: number }
  /** The one that is set in this session. */
  readonly current?: true
}

export interface Suggestions {
  /** At least one, the best first. */
  readonly items: readonly Suggestion[]
  /** How many more there are than are listed. */
  readonly hidden: number
}

type Known = Pick<SlashChat, 'roles' | 'catalogue' | 'commands' | 'session'> & {
  /** What was asked, the last first. */
  questions?(): readonly string[]
}

/** Something that has a name, before it is known where in the line it goes. */
interface Candidate {
  readonly name: string
  readonly detail: string
  readonly current?: true
}

/** How many models or roles are listed at most. */
const most = 25

/** How much of a role's instructions, or of a question, is its detail, in UTF-16 units. */
const detailLength = 200

/**
 * What the word before the cursor (an offset in UTF-16 units) may become. Undefined when there is
 * nothing to suggest: it is no command line, or the cursor is inside a word.
 */
export function suggest(text: string, cursor: number, chat: Known): Suggestions | undefined {
  if (!text.startsWith('/') || text.startsWith('//') || /[\r\n]/.test(text)) return undefined
  if (!(cursor >= 1 && cursor <= text.length) || endOfWord(text, cursor) !== cursor)
    return undefined
  const nameEnd = endOfWord(text, 0)
  if (cursor <= nameEnd) return suggestCommands(text, cursor, chat.commands)
  const command = findCommand(chat.commands, text.slice(1, nameEnd))
  return command && suggestArguments(text, cursor, { command, nameEnd, chat })
}

/** The composer after a Tab on the item of an index, which counts round in both directions. */
export function complete({ items }: Suggestions, index: number): Suggestion['insert'] | undefined {
  return items.at(index % items.length)?.insert
}

function suggestCommands(
  text: string,
  cursor: number,
  commands: readonly SlashCommand[],
): Suggestions | undefined {
  const ranked = rankByName(commands, text.slice(1, cursor), ({ name }) => name)
  const items = ranked.map((command) => ({
    label: usageOf(command),
    detail: command.summary,
    insert: splice(text, {
      start: 0,
      end: cursor,
      typed: `/${command.name}`,
      goesOn: command.args.length > 0,
    }),
  }))
  return listed(items)
}

function suggestArguments(
  text: string,
  cursor: number,
  { command, nameEnd, chat }: { command: SlashCommand; nameEnd: number; chat: Known },
): Suggestions | undefined {
  const { typed, extra } = readArguments(command.args, text.slice(0, cursor), nameEnd)
  if (extra !== undefined) return undefined
  const last = typed.at(-1)
  const isTyping = last?.end === cursor
  const index = isTyping ? typed.length - 1 : typed.length
  const argument = command.args[index]
  if (argument === undefined) return undefined
  // Such an argument reaches over what follows the cursor.
  const isOpen = argument.rest === true || (isTyping && !last.closed)
  if (isOpen && text.slice(cursor).trim() !== '') return undefined
  const { start, value } = isTyping ? last : { start: cursor, value: '' }
  const query = value.replace(/^["']/, '')
  const goesOn = index < command.args.length - 1
  const before = typed[index - 1]?.value
  const items = rankByName(candidates(argument, chat, before), query, ({ name }) => name).flatMap(
    ({ name, ...rest }) => {
      const quoted = quoteArgument(argument, name)
      // A name with control characters is nothing that one can type.
      if (quoted === undefined || /\p{Cc}/u.test(name)) return []
      const insert = splice(text, { start, end: cursor, typed: quoted, goesOn })
      return [{ label: name, insert, ...rest }]
    },
  )
  return listed(items)
}

/** `before` is what is typed for the argument before this one. */
function candidates(argument: SlashArgument, chat: Known, before = ''): Candidate[] {
  const set = argument.current?.(chat.session)
  switch (argument.kind) {
    case 'model':
      return (chat.catalogue?.data ?? []).map(({ id, litellm_provider }) => ({
        name: id,
        detail: litellm_provider ?? '',
        ...(id === set && { current: true }),
      }))
    case 'role':
      return chat.roles.map(({ id, name, instructions }) => ({
        name,
        detail: beginningOf(instructions),
        ...(id === set && { current: true }),
      }))
    case 'command':
      return chat.commands.map(({ name, summary }) => ({ name, detail: summary }))
    case 'param':
      return paramNames.map((name) => ({
        name,
        detail: aboutParam(name),
        ...(chat.session.params[name] !== undefined && { current: true }),
      }))
    case 'value':
      return valuesOf(before).map((name) => ({
        name,
        detail: '',
        ...(name === chat.session.params.reasoning_effort && { current: true }),
      }))
    case 'question':
      return (chat.questions?.() ?? []).map((text, index) => ({
        name: String(index + 1),
        detail: beginningOf(text),
      }))
    case 'word':
      return (argument.words ?? []).map((name) => ({ name, detail: '' }))
  }
}

function beginningOf(text: string): string {
  return takeWhole(text.slice(0, detailLength)).ready
}

/** What one may choose from for a parameter. */
function valuesOf(name: string): readonly string[] {
  const known = name.toLowerCase()
  const spec = isParamName(known) ? paramTable[known] : undefined
  return spec?.kind === 'word' ? spec.usual : []
}

/** Puts `typed` where the word was; with `goesOn` the cursor stands after a space, for the next. */
function splice(
  text: string,
  place: { start: number; end: number; typed: string; goesOn: boolean },
): Suggestion['insert'] {
  const head = text.slice(0, place.start) + place.typed
  const tail = text.slice(place.end)
  if (!place.goesOn) return { text: head + tail, cursor: head.length }
  return { text: head + (tail === '' ? ' ' : tail), cursor: head.length + 1 }
}

function listed(items: readonly Suggestion[]): Suggestions | undefined {
  if (items.length === 0) return undefined
  return { items: items.slice(0, most), hidden: Math.max(0, items.length - most) }
}
