import type { Command } from 'commander'
import { askCommand } from './commands/ask.js'
import { attachCommand } from './commands/attach.js'
import { addChat } from './commands/chat.js'
import { completionCommand } from './commands/completion.js'
import { configCommand } from './commands/config.js'
import { daemonCommand } from './commands/daemon.js'
import { doctorCommand } from './commands/doctor.js'
import { exportCommand } from './commands/export.js'
import { importCommand } from './commands/import.js'
import { modelsCommand } from './commands/models.js'
import { rolesCommand } from './commands/roles.js'
import { searchCommand } from './commands/search.js'
import { sessionsCommand } from './commands/sessions.js'
import { stackCommand } from './commands/stack.js'
import { tokenCommand } from './commands/token.js'
import { createProgram, runCommands } from './run-commands.js'

/** Every command, one file each; a test compares this list with the folder. */
export function makeCommands(): Command[] {
  return [
    askCommand(),
    attachCommand(),
    sessionsCommand(),
    searchCommand(),
    rolesCommand(),
    modelsCommand(),
    configCommand(),
    tokenCommand(),
    exportCommand(),
    importCommand(),
    daemonCommand(),
    stackCommand(),
    doctorCommand(),
    completionCommand(),
  ]
}

/** All of c2a: the commands, and the chat for who names none. */
export function makeProgram(): Command {
  const program = createProgram(makeCommands()).description(about).addHelpText('after', more)
  addChat(program)
  return program
}

export function runProgram(args: readonly string[]): Promise<void> {
  return runCommands(makeProgram(), args)
}

const about =
  'Talk to any LLM from a terminal. Without a command it opens the chat, in the session that was ' +
  'used last; ask is for one question, and for pipes.'

const more = `
Examples:
  c2a                                chat
  c2a ask "what is a monad?"         one question
  c2a attach                         the answer that is running, from any terminal
  c2a search quicksort               in everything that was said
  git diff | c2a ask "review this"   with something piped in
  c2a config set gateway.url URL     where LiteLLM (or any OpenAI-compatible server) is
  c2a stack up --local-model         a small model here, without key or gateway
  c2a doctor                         what is wrong, and what to do about it

Environment:
  C2A_HOME   one directory for config, token, log and database, instead of the usual ones
  C2A_URL    a remote daemon (http://host:port, or unix:/path); C2A_TOKEN is the token for it
  c2a config --help lists the others

Exit codes:
  0 ok, 1 internal error, 2 wrong usage, 3 no daemon, 4 not authorised, 5 not found,
  6 the model failed, 7 the answer is incomplete, 9 conflict, 130 interrupted`
