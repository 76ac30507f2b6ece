import { Command } from 'commander'
import { ProblemError } from '../../shared/contract/problem.js'

export function stackCommand(): Command {
  return new Command('stack')
    .summary('bring up Postgres, Redis, LiteLLM and the daemon')
    .description(
      'Everything that answers need, in containers where there is a compose engine, else as ' +
        'processes of your own: Postgres (managed by the daemon), Redis if it is installed, LiteLLM ' +
        '(from PATH, by uvx, or installed into a directory of its own) and the daemon.',
    )
    .addCommand(initCommand())
    .addCommand(upCommand())
    .addCommand(downCommand())
    .addCommand(restartCommand())
    .addCommand(statusCommand())
    .addCommand(logsCommand())
    .addCommand(backupCommand())
    .addCommand(restoreCommand())
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  c2a stack up --local-model   a small model of your own: no key, no account (Python 3.10+)\n' +
        '  c2a stack up                 LiteLLM with the models of litellm/config.yaml\n' +
        '  c2a stack logs -f litellm    what it says\n' +
        '  c2a stack backup all.gz      everything that was said, for c2a stack restore\n' +
        '\nIts files are in the checkout, or beside config.json in stack/; C2A_STACK_DIR names another\n' +
        'directory. Logs and processes: services/ in the home.',
    )
}

/** The rest is a file of its own: no other command loads it. */
const stack = () => import('../stack/stack.js')

function initCommand(): Command {
  return new Command('init')
    .summary('make the .env files, with fresh secrets')
    .description(
      'Makes .env.daemon, .env.litellm and the others from their examples, readable by you alone, ' +
        'with fresh secrets. What is there is kept; variables that are new are added.',
    )
    .action(async () => (await stack()).runInit())
}

function upCommand(): Command {
  return new Command('up')
    .summary('start what does not run')
    .description(
      'Starts everything and waits until it is well; what runs already stays, what died or got new ' +
        'settings is started again. Clients know where the daemon is from then on.',
    )
    .option('--local', 'local processes, even where there is a container engine')
    .option('--local-model', 'also a small language model, installed once (Python 3.10+, 650 MB)')
    .option('--no-local-model', 'without it again')
    .option('--profile <name...>', 'profiles of docker-compose.yml: tls, scale, openwebui')
    .action(
      async (options: { local?: boolean; localModel?: boolean; profile?: readonly string[] }) => {
        const { local = false, localModel, profile = [] } = options
        await (await stack()).runUp({ local, localModel, profiles: profile })
      },
    )
}

function downCommand(): Command {
  return new Command('down')
    .summary('stop what it started')
    .description(
      'Stops what up has started, the daemon first; running answers get time to finish. LiteLLM ' +
        'waits for calls that hang, up to a minute. Data stays.',
    )
    .option('--force', 'do not wait: answers are cut, what hangs is killed')
    .action(async ({ force = false }: { force?: boolean }) => (await stack()).runDown({ force }))
}

function restartCommand(): Command {
  return new Command('restart')
    .summary('stop and start, all or one')
    .description('Stops and starts everything, or one service, with the .env files of now.')
    .argument('[service]', 'redis, model, litellm or daemon; in containers any of them')
    .option('--force', 'do not wait for what runs')
    .action(async (service: string | undefined, { force = false }: { force?: boolean }) =>
      (await stack()).runRestart(service, { force }),
    )
}

function statusCommand(): Command {
  return new Command('status')
    .summary('say how each part stands')
    .description(
      'Each part with state, version, process, address and log. Exit code 0: all is well; 3: not.',
    )
    .option('--json', 'as one JSON object: {mode, directory, parts}')
    .action(async ({ json = false }: { json?: boolean }) => (await stack()).runStatus({ json }))
}

function logsCommand(): Command {
  return new Command('logs')
    .summary('print the end of the logs')
    .description('Prints the end of the logs of all parts, or of one.')
    .argument('[service]', 'one of them')
    .option('-f, --follow', 'go on with what comes, until Ctrl+C')
    .option('-n, --lines <n>', 'so many lines of each', parseLines, 50)
    .action(async (service: string | undefined, options: { follow?: boolean; lines: number }) => {
      const { follow = false, lines } = options
      await (await stack()).runLogs({ service, follow, lines })
    })
}

function backupCommand(): Command {
  return new Command('backup')
    .summary("write everybody's sessions, people and roles to one file")
    .description(
      'c2a export --all of the daemon that up has started, whatever C2A_URL says. It starts nothing; ' +
        'people may chat meanwhile. With a name that ends in .gz the file is compressed. The .env files, ' +
        'with their secrets, are not in it.',
    )
    .argument('<file>', '-: stdout')
    .action(async (file: string) => (await stack()).runBackup(file))
}

function restoreCommand(): Command {
  return new Command('restore')
    .summary('read such a file')
    .description(
      'c2a import into the daemon that up has started, whatever C2A_URL says: a merge that deletes ' +
        'nothing. It starts nothing. After a cut do it again: what is stored is found.',
    )
    .argument('<file>', '-: stdin')
    .option('--json', 'what was done as a JSON object')
    .action(async (file: string, { json = false }: { json?: boolean }) =>
      (await stack()).runRestore(file, { json }),
    )
}

function parseLines(text: string): number {
  const lines = Number(text)
  if (Number.isInteger(lines) && lines >= 0) return lines
  throw new ProblemError('invalid_request', `-n takes a number of lines, not "${text}"`)
}
