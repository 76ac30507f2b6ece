import { addChat } from './commands/chat.js'
import { createProgram, runCommands } from './run-commands.js'

/** The chat alone, so that its first frame waits for nothing else. */
export function runChatProgram(args: readonly string[]): Promise<void> {
  const program = createProgram([])
  addChat(program)
  return runCommands(program, args)
}
