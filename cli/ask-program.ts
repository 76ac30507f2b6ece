import { askCommand } from './commands/ask.js'
import { createProgram, runCommands } from './run-commands.js'

/** `c2a ask` alone, in a file of its own: the pipe pays for nothing else. */
export function runAsk(args: readonly string[]): Promise<void> {
  return runCommands(createProgram([askCommand()]), args)
}
