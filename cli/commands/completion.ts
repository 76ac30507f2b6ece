import { Argument, Command, Option } from 'commander'
import { completionAt } from '../completion/candidates.js'
import { splitCommandLine } from '../completion/command-line.js'
import { filesReply, replyFor, type Shell, shells } from '../completion/reply.js'
import { scripts } from '../completion/scripts.js'
import { printLines } from '../output/print.js'

export function completionCommand(): Command {
  const command = new Command('completion')
  return command
    .summary('make the shell complete commands and names')
    .description(
      'Prints what a shell reads to complete commands, options, and the names of models, roles and ' +
        'sessions: those of the daemon, if it runs.',
    )
    .addArgument(new Argument('<shell>', 'which').choices(shells))
    .addOption(new Option('--line <line>', 'the beginning of a command line').hideHelp())
    .addHelpText('after', more)
    .action(async (shell: Shell, { line }: { line?: string }) => {
      if (line === undefined) return void process.stdout.write(scripts[shell])
      // The parent is the whole program.
      printLines(await complete(shell, line, command.parent ?? command))
    })
}

const more = `
Set-up:
  bash    echo 'eval "$(c2a completion bash)"' >> ~/.bashrc
  zsh     echo 'eval "$(c2a completion zsh)"' >> ~/.zshrc     (after compinit)
  fish    echo 'c2a completion fish | source' >> ~/.config/fish/config.fish`

async function complete(shell: Shell, line: string, program: Command): Promise<string[]> {
  const [, ...words] = splitCommandLine(line)
  const typed = words.at(-1)
  if (typed === undefined) return []
  const found = completionAt(
    program,
    words.map(({ value }) => value),
  )
  if (found.kind === 'files') return [filesReply]
  if (found.kind === 'words') return replyFor(shell, typed, found.words)
  const { namesOf } = await import('../completion/names.js')
  const names = await namesOf(found.of)
  const candidates = names.map(({ word, about }) => ({ word: found.prefix + word, about }))
  return replyFor(shell, typed, candidates)
}
