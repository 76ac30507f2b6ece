import { askCommand } from './commands/ask.js'
import { runCommands } from './run-commands.js'

/** Every command, one file each; a test compares this list with the folder. */
const commands = [askCommand]

export function runProgram(args: readonly string[]): Promise<void> {
  return runCommands(
    commands.map((make) => make()),
    args,
  )
}
