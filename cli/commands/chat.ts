import type { Command } from 'commander'
import { ProblemError } from '../../shared/contract/problem.js'
import { readSetting } from '../../shared/settings.js'
import { booleanOf } from '../../shared/settings-check.js'
import { type ClientConfig, loadClientConfig } from '../config.js'
import { nearest } from '../input/nearest.js'

export interface ChatOptions {
  session?: string
  continue?: boolean
  new?: boolean
  model?: string
  role?: string
  plain?: boolean
}

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
    .option('--plain', 'a line at a time, for screen readers and dumb terminals')
    .configureHelp({ visibleArguments: () => [] })
    .hook('preSubcommand', (_, command) => refuseOptions(program, command))
    .action((words: string[], options: ChatOptions) => chat(program, words, options))
}

async function chat(program: Command, words: string[], options: ChatOptions): Promise<void> {
  const [word] = words
  if (word !== undefined) throw unknownCommand(program, word)
  const chosen = [options.session !== undefined, options.continue, options.new].filter(Boolean)
  if (chosen.length > 1) {
    throw new ProblemError('invalid_request', '-s, -C and -n name different sessions; give one')
  }
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new ProblemError('invalid_request', 'c2a needs a terminal; use c2a ask')
  }
  if (options.plain || isPlain(loadClientConfig())) {
    const { runLineChat } = await import('../line/line-chat.js')
    return runLineChat(options)
  }
  const { runTui } = await import('../tui/tui.js')
  await runTui(options)
}

/** A terminal that can only append, and people who have theirs read to them. */
function isPlain({ env, file }: ClientConfig): boolean {
  return env['TERM'] === 'dumb' || booleanOf(readSetting('tui.plain', env, file)?.value ?? '')
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
