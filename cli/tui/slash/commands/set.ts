import {
  type ParamName,
  type ParamValue,
  paramNames,
} from '../../../../shared/contract/param-table.js'
import { changeParams, paramNamed, parseParam, showParam } from '../../../../shared/params.js'
import { sanitiseLine } from '../../../text/sanitise.js'
import type { SlashChat, SlashCommand } from '../command.js'

export const setCommand: SlashCommand = {
  name: 'set',
  summary: 'Set or clear a parameter here; without one, list them',
  args: [
    { name: 'name', kind: 'param' },
    { name: 'value', kind: 'value', rest: true, optional: true },
  ],
  bare: true,
  async run(chat, words) {
    const [typedName, typed] = apart(words)
    if (typedName === undefined) return chat.notice(explained(chat))
    const name = paramNamed(typedName)
    if (typed === undefined && chat.session.params[name] === undefined) {
      return chat.notice(`${name} is not set in this session.${fromRole(chat, name)}`)
    }
    const value = typed === undefined ? null : parseParam(name, typed)
    await chat.patchSession({ params: changeParams(chat.session.params, { [name]: value }) })
    chat.notice(
      value === null
        ? `${name} is not set any more.${fromRole(chat, name)}`
        : applying(chat).join('\n'),
    )
  },
}

/** NAME=VALUE, the form of -o, is what people type who know that one. */
function apart([first, rest]: readonly string[]): readonly (string | undefined)[] {
  const at = first?.indexOf('=') ?? -1
  if (first === undefined || at === -1) return [first, rest]
  const value = [first.slice(at + 1), rest].filter(Boolean).join(' ')
  return [first.slice(0, at), value === '' ? undefined : value]
}

const shown = (name: ParamName, value: ParamValue): string => sanitiseLine(showParam(name, value))

function roleOf({ roles, session }: SlashChat) {
  return roles.find(({ id }) => id === session.role_id)
}

/** What holds in place of what the session has not. */
function fromRole(chat: SlashChat, name: ParamName): string {
  const role = roleOf(chat)
  const value = role?.params[name]
  if (role === undefined || value === undefined) return ''
  return ` The role ${sanitiseLine(role.name)} has ${shown(name, value)}.`
}

function explained(chat: SlashChat): string {
  const lines = applying(chat)
  return [
    ...(lines.length === 0 ? ["No parameter is set: the model's own hold."] : lines),
    '/set NAME VALUE sets one for this session, /set NAME clears it.',
    `Names: ${paramNames.join(', ')}.`,
  ].join('\n')
}

/** A line for each parameter that goes along with a question here, and where it comes from. */
function applying(chat: SlashChat): string[] {
  const role = roleOf(chat)
  return paramNames.flatMap((name) => {
    const own = chat.session.params[name]
    const theirs = role?.params[name]
    const from = `role ${sanitiseLine(role?.name ?? '')}`
    if (own === undefined) {
      return theirs === undefined ? [] : [`${name}: ${shown(name, theirs)} (${from})`]
    }
    const over = theirs === undefined ? '' : `, over ${shown(name, theirs)} of the ${from}`
    return [`${name}: ${shown(name, own)} (session${over})`]
  })
}
