import { endOfWord, readArguments } from './arguments.js'
import type { SlashArgument, SlashCommand } from './command.js'
import { findCommand, unknownCommand } from './lookup.js'
import { slashCommands } from './registry.js'
import { usageOf } from './usage.js'

export type SlashLine =
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'command'; readonly command: SlashCommand; readonly args: readonly string[] }
  /** Neither sent nor run, and the draft stays. `problem` says why, and what to type instead. */
  | { readonly kind: 'refused'; readonly problem: string }

/**
 * What a text that the user enters means. One typed line that begins with `/` is a command, `//x`
 * is the message `/x`; several lines, and what was pasted, are a message as they are.
 */
export function parseSlash(text: string, { pasted }: { readonly pasted: boolean }): SlashLine {
  const line = text.trimEnd()
  if (pasted || !line.startsWith('/') || /[\r\n]/.test(line)) return { kind: 'message', text }
  if (line.startsWith('//')) return { kind: 'message', text: text.slice(1) }
  const nameEnd = endOfWord(line, 0)
  const name = line.slice(1, nameEnd)
  const command = findCommand(slashCommands, name)
  if (command === undefined) return { kind: 'refused', problem: notACommand(name) }
  return parseArguments(command, line, nameEnd)
}

function notACommand(name: string): string {
  const asText = 'One more slash in front sends the text to the model as it is.'
  if (name === '') return `The name of a command follows its slash; /help lists them. ${asText}`
  // A path or a date: a command of a similar name is not what was meant.
  if (name.includes('/')) return `${unknownCommand([], name)} ${asText}`
  return `${unknownCommand(slashCommands, name)} ${asText}`
}

function parseArguments(command: SlashCommand, line: string, nameEnd: number): SlashLine {
  const { typed, extra } = readArguments(command.args, line, nameEnd)
  const refuse = (why: string): SlashLine => {
    return { kind: 'refused', problem: `${why} Usage: ${usageOf(command)}` }
  }
  if (typed.some(({ closed }) => !closed)) return refuse('A quote is not closed.')
  if (typed.some(({ value }) => value.trim() === ''))
    return refuse('There is nothing in the quotes.')
  if (extra !== undefined && command.args.length === 0) {
    return refuse(`/${command.name} takes nothing after it.`)
  }
  if (extra !== undefined) return refuse(`That is too much for /${command.name}.`)
  const missing = command.args[typed.length]
  const mayEnd = missing === undefined || missing.optional || (command.bare && typed.length === 0)
  if (!mayEnd) return refuse(`/${command.name} lacks its ${missing.name}.`)
  const args: string[] = []
  for (const [index, { value }] of typed.entries()) {
    const word = allowedWord(command.args[index], value)
    if (word === undefined) return refuse(`/${command.name} does not take that word.`)
    args.push(word)
  }
  return { kind: 'command', command, args }
}

/** The value as its command knows it; undefined when it is none of the words that there are. */
function allowedWord(argument: SlashArgument | undefined, value: string): string | undefined {
  if (argument?.words === undefined) return value
  return argument.words.find((word) => word === value.toLowerCase())
}
