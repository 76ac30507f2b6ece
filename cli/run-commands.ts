import { Command, CommanderError } from 'commander'
import { version } from '../shared/build.js'
import { exitWith, watchStdout } from './output/exit.js'
import { report } from './output/report.js'
import { sanitise } from './text/sanitise.js'

const usage = 2

/** The program with these commands; of its own it has only --version and --help. */
export function createProgram(commands: readonly Command[]): Command {
  const program = new Command('c2a')
    .description('Talk to any LLM from a terminal.')
    .version(version, '-V, --version', 'print the version')
    .enablePositionalOptions()
    .showSuggestionAfterError()
  for (const command of commands) program.addCommand(command)
  describeHelp(program)
  program.helpCommand('help [command]', 'print the help of a command')
  return program
}

function describeHelp(command: Command): void {
  // --help is enough; a help command in every group only hides the others.
  command.helpOption('-h, --help', 'print this').helpCommand(false)
  for (const child of command.commands) describeHelp(child)
}

/** Parses and runs: the only place where problems become exit codes. */
export async function runCommands(program: Command, args: readonly string[]): Promise<void> {
  watchStdout()
  settle(program)
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return exitWith(error.exitCode === 0 ? 0 : usage)
    exitWith(report(error, { json: args.includes('--json') }))
  }
}

/** Commander must throw, not exit: 2 means wrong usage here. Its own words have gone to stderr by then. */
function settle(command: Command, path = command.name()): void {
  command.exitOverride()
  command.configureOutput({
    writeErr: (text) => process.stderr.write(sanitise(text)),
    outputError: (text, write) => write(asProblem(text, path)),
  })
  for (const child of command.commands) settle(child, `${path} ${child.name()}`)
}

/** Commander's words in the form of every other problem: what is wrong, and under it what to do. */
function asProblem(text: string, path: string): string {
  const said = text.trimEnd().replace(/^error: /, '')
  // `(Did you mean --model?)`
  const meant = /\n\((.*)\)$/.exec(said)
  const what = meant === null ? said : said.slice(0, meant.index)
  return `c2a: ${what}\n     ${meant?.[1] ?? `${path} --help says how it is used.`}\n`
}
