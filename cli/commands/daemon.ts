import { Command } from 'commander'
import { ProblemError } from '../../shared/contract/problem.js'
import { checkDaemonSettings } from '../../shared/settings-check.js'
import { type ClientConfig, loadClientConfig } from '../config.js'
import { connectToDaemon } from '../connect.js'
import { exitWith } from '../output/exit.js'
import { fieldLines, printJson, printLines } from '../output/print.js'
import { themeOf } from '../output/terminal-theme.js'
import { formatLogLine, readLog } from '../personal/logs.js'
import { howToRestart } from '../personal/not-renewed.js'
import { readDaemonFile } from '../personal/presence.js'
import { readStatus, statusFields } from '../personal/status.js'
import { stopDaemon } from '../personal/stop.js'
import { sanitiseLine } from '../text/sanitise.js'

const notRunning = 3

export function daemonCommand(): Command {
  return new Command('daemon')
    .summary('run, start, stop and look at the daemon')
    .description(
      'The daemon keeps the chats and talks to the models. Commands that need it start it by ' +
        'themselves, and it ends when nobody has used it for a while (daemon.idle_minutes).',
    )
    .addCommand(runCommand())
    .addCommand(startCommand())
    .addCommand(stopCommand())
    .addCommand(restartCommand())
    .addCommand(statusCommand())
    .addCommand(logsCommand())
}

/** Only for --help: the launcher runs dist/daemon.cjs in its own process instead of us. */
function runCommand(): Command {
  return new Command('run')
    .summary('run in the foreground (containers, service managers)')
    .description(
      'Runs the daemon in the foreground, for containers and service managers; its log goes to ' +
        'stderr as JSON lines. Unlike the one that commands start, it also reads DATABASE_URL and ' +
        'PORT, and never ends by itself.',
    )
    .option('--listen <[host:]port>', 'serve TCP too (default 127.0.0.1 where no host is given)')
    .option('--behind-tls-proxy', 'a proxy in front does TLS: allows a non-loopback address')
    .action(() => {
      throw new ProblemError('internal', 'c2a daemon run is the work of the launcher, bin/c2a')
    })
}

function startCommand(): Command {
  return new Command('start')
    .summary('start in the background')
    .description('Starts the daemon in the background, unless it runs already.')
    .action(async () => {
      const config = personalConfig()
      await bringUp(config)
      sayRunning(config)
    })
}

function stopCommand(): Command {
  return new Command('stop')
    .summary('stop, after running answers')
    .description('Stops the daemon and waits until it is gone. Running answers get time to finish.')
    .option('--now', 'do not wait for answers; what they brought is kept')
    .action(async (options: { now?: boolean }) => {
      const owner = await stopDaemon(personalConfig(), { now: options.now ?? false })
      const what = owner === undefined ? 'the daemon is not running' : 'the daemon has stopped'
      printLines([owner === undefined ? what : `${what} (pid ${owner.pid})`])
    })
}

function restartCommand(): Command {
  return new Command('restart')
    .summary('stop and start')
    .description('Stops the daemon, if it runs, and starts it with the settings of now.')
    .option('--now', 'do not wait for answers; what they brought is kept')
    .action(async (options: { now?: boolean }) => {
      const config = personalConfig()
      if (readDaemonFile(config.home)?.personal === false) {
        throw new ProblemError('invalid_request', 'no client started this daemon', {
          hint: howToRestart,
        })
      }
      // What works is ended only for what can work.
      checkDaemonSettings(config.env, config.file)
      await stopDaemon(config, { now: options.now ?? false })
      await bringUp(config)
      sayRunning(config)
    })
}

/** Any request brings it up, renewed if need be. */
async function bringUp(config: ClientConfig): Promise<void> {
  const client = await connectToDaemon(config)
  await client.health()
  client.close()
}

function sayRunning({ home }: ClientConfig): void {
  const file = readDaemonFile(home)
  if (file === undefined) return
  printLines([`the daemon runs: pid ${file.pid}, socket ${sanitiseLine(file.socket)}`])
}

function statusCommand(): Command {
  return new Command('status')
    .summary('say how it stands')
    .description(
      'Says how the daemon stands, without starting it. Exit code 0: it runs; 3: it does not.',
    )
    .option('--json', 'as one JSON object')
    .action(async (options: { json?: boolean }) => {
      const status = await readStatus(loadClientConfig())
      if (options.json) printJson(status)
      else {
        const fields = statusFields(status)
        printLines(fieldLines(fields.map(([name, value]) => [name, sanitiseLine(value)])))
      }
      exitWith(status.running ? 0 : notRunning)
    })
}

function logsCommand(): Command {
  return new Command('logs')
    .summary('print the end of its log')
    .description(
      "Prints the end of the daemon's log: readable on a terminal, its JSON lines in a pipe.",
    )
    .option('-f, --follow', 'go on with what comes, until Ctrl+C')
    .option('-n, --lines <n>', 'so many lines', parseLines, 50)
    .action(async (options: { follow?: boolean; lines: number }) => {
      const { env, home } = personalConfig()
      if (!(await logsToFile(home))) throw logElsewhere()
      const { stdout } = process
      const theme = themeOf(stdout, env)
      await readLog(home.log, {
        lines: options.lines,
        follow: options.follow ?? false,
        write: (line) => stdout.write(`${stdout.isTTY ? formatLogLine(line, theme) : line}\n`),
      })
    })
}

/** As one that a client or `c2a stack up` started does. */
async function logsToFile(home: ClientConfig['home']): Promise<boolean> {
  const file = readDaemonFile(home)
  if (file?.personal !== false) return true
  const { isOfStack } = await import('../stack/stack.js')
  return isOfStack(home, file.pid)
}

/** Of a daemon in the foreground: whoever started it has it. */
function logElsewhere(): ProblemError {
  return new ProblemError('invalid_request', 'this daemon logs to its stderr, not to a file', {
    hint: 'Look where c2a daemon run was started; under systemd: journalctl -u c2a',
  })
}

function parseLines(text: string): number {
  const lines = Number(text)
  if (Number.isInteger(lines) && lines >= 0) return lines
  throw new ProblemError('invalid_request', `-n takes a number of lines, not "${text}"`)
}

/** Throws ProblemError `invalid_request` when the daemon is on another machine. */
function personalConfig(): ClientConfig {
  const config = loadClientConfig()
  if (config.url === undefined) return config
  throw new ProblemError('invalid_request', `the daemon at ${config.url} is a remote one`, {
    hint: 'This works where it runs. To use your own: unset C2A_URL, or c2a config unset url',
  })
}
