import type { SlashArgument, SlashCommand } from './command.js'

/** How a command is typed: `/model <name>`, `/theme [dark|light]`. */
export function usageOf({ name, args }: Pick<SlashCommand, 'name' | 'args'>): string {
  return [`/${name}`, ...args.map(placeholder)].join(' ')
}

function placeholder({ name, words, optional }: SlashArgument): string {
  const what = words?.join('|') ?? name
  return optional ? `[${what}]` : `<${what}>`
}
