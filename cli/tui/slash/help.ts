import { slashCommands } from './registry.js'
import { usageOf } from './usage.js'

/** The rows of the help overlay and of docs/, in order: how a command is typed and what it does. */
export function slashHelp(): { usage: string; summary: string }[] {
  return slashCommands.map((command) => ({ usage: usageOf(command), summary: command.summary }))
}
