import { nearest } from '../../../shared/nearest.js'
import type { SlashCommand } from './command.js'

/** How many UTF-16 units of an unknown name a message repeats; a longer one is no slip of the fingers. */
const longest = 40

/** What other programs call it, and what looks like another command here. */
const elsewhere = new Map([['exit', 'quit']])

/** The command of a name without its slash, whatever the case. */
export function findCommand(
  commands: readonly SlashCommand[],
  name: string,
): SlashCommand | undefined {
  const wanted = name.toLowerCase()
  return commands.find((command) => command.name === wanted)
}

/** What to say of a name that no command has: with the command that was probably meant. */
export function unknownCommand(commands: readonly SlashCommand[], name: string): string {
  const isLong = name.length > longest
  const names = commands.map((command) => command.name)
  const meant = isLong ? undefined : (elsewhere.get(name.toLowerCase()) ?? nearest(name, names))
  const guess = meant === undefined ? '/help lists the commands.' : `Did you mean /${meant}?`
  return `There is no command /${isLong ? `${name.slice(0, longest)}…` : name}. ${guess}`
}
