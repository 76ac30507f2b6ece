import { Command, CommanderError } from 'commander'
import { version } from '../shared/build.js'
import { exitWith, quietOnBrokenPipe } from './exit.js'
import { report } from './report.js'

const usage = 2

/** Parses and runs: the only place where problems become exit codes. */
export async function runCommands(
  commands: readonly Command[],
  args: readonly string[],
  prepare?: (program: Command) => void,
): Promise<void> {
  quietOnBrokenPipe()
  const program = new Command('c2a')
    .description('Talk to any LLM from a terminal.')
    .version(version, '-V, --version')
    .enablePositionalOptions()
    .showSuggestionAfterError()
  for (const command of commands) program.addCommand(command)
  prepare?.(program)
  settle(program)
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return exitWith(error.exitCode === 0 ? 0 : usage)
    exitWith(report(error, { json: args.includes('--json') }))
  }
}

/** Commander must throw, not exit: 2 means wrong usage here. Its own words have gone to stderr by then. */
function settle(command: Command): void {
  command.exitOverride()
  command.configureOutput({
    writeErr: (text) => process.stderr.write(text.replace(/^error: /, 'c2a: ')),
  })
  for (const child of command.commands) settle(child)
}
