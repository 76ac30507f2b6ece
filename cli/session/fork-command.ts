import { Command } from 'commander'
import { ProblemError } from '../../shared/contract/problem.js'
import { withClient } from '../connect.js'
import { pickSession } from '../input/pick.js'
import { printLines } from '../output/print.js'
import { say } from '../output/report.js'
import { forkSession } from './fork.js'

export function forkCommand(): Command {
  return new Command('fork')
    .summary('make a session of what one shows, or of its beginning')
    .description(
      'Makes a new session with the settings and the messages of another one, which stays as it is, and prints ' +
        'its id. What is answering now is not taken along.',
    )
    .argument('<id>', 'the id or its beginning')
    .option(
      '--at <message-id>',
      'up to and with this message, as c2a search or show --json name it',
    )
    .option('--before', 'with --at: without that message, to ask something else there')
    .addHelpText('after', examples)
    .action((id: string, { at, before }: { at?: string; before?: boolean }) => {
      if (before && at === undefined) {
        throw new ProblemError('invalid_request', '--before needs --at MESSAGE-ID')
      }
      return withClient(async (client) => {
        const session = await pickSession(client, id)
        const fork = await forkSession(client, session.id, {
          ...(at !== undefined && { message_id: at }),
          ...(before && { before }),
        })
        printLines([fork.id])
        if (process.stdout.isTTY) say(`made "${fork.title}" of "${session.title}"`)
      })
    })
}

const examples = `
Example:
  c2a ask -s "$(c2a sessions fork 1b2c3d4e)" 'And without recursion?'`
