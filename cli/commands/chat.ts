import type { Command } from 'commander'
import { ProblemError } from '../../shared/contract/problem.js'
import { nearest } from '../../shared/nearest.js'
import { paramOption } from '../input/param-option.js'
import { type ChatOptions, openChat } from '../open-chat.js'

/** What plain `c2a` does: the chat. Its parts are loaded only then. */
export function addChat(program: Command): void {
  program
    .usage('[options] [command]')
    .argument('[words...]')
    .option('-s, --session <id>', 'chat in this session (the beginning of its id is enough)')
    .option('-C, --continue', 'chat in the most recent session; without one, fail')
    .option('-n, --new', 'chat in a new session')
    .option('-m, --model <model>', 'the model of the session from now on')
    .option('-r, --role <role>', 'the role of the session from now on')
    .addOption(paramOption('a parameter of the session from now on'))
    .option('--plain', 'a line at a time, for screen readers and dumb terminals')
    .configureHelp({ visibleArguments: () => [] })
    .hook('preSubcommand', (_, command) => refuseOptions(program, command))
    .action((words: string[], options: ChatOptions) => chat(program, words, options))
}

async function chat(program: Command, words: string[], options: ChatOptions): Promise<void> {
  const [word] = words
  if (word !== undefined) throw unknownCommand(program, word)
  await openChat(options)
}

function unknownCommand(program: Command, word: string): ProblemError {
  const names = program.commands.map((command) => command.name())
  const close = nearest(word, names)
  return new ProblemError('invalid_request', `there is no command "${word}"`, {
    hint:
      close === undefined
        ? 'c2a --help lists the commands; to ask something: c2a ask "a question"'
        : `Did you mean c2a ${close}?`,
  })
}

/** `c2a -m x ask hi` would ask another model than the one that is named. */
function refuseOptions(program: Command, command: Command): void {
  if (Object.keys(program.opts()).length === 0) return
  throw new ProblemError('invalid_request', 'options go after the command', {
    hint: `See: c2a ${command.name()} --help`,
  })
}
