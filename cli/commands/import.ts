import { Command } from 'commander'
import { ProblemError } from '../../shared/contract/problem.js'
import { withClient } from '../connect.js'
import { printJson } from '../output/print.js'
import { say } from '../output/report.js'

export function importCommand(): Command {
  return new Command('import')
    .summary('read a file of c2a export')
    .description(
      'Merges a file of c2a export, compressed or not, by ids and without a question: what is here ' +
        'and equal is kept, of what differs the later version wins, nothing is deleted. After a cut ' +
        'do it again: what is stored is found.',
    )
    .argument('<file>', '-: stdin')
    .option('--json', 'what was done as a JSON object')
    .action((file: string, options: { json?: boolean }) => {
      if (file === '-' && process.stdin.isTTY) {
        throw new ProblemError('invalid_request', 'nothing is piped in', {
          hint: 'Name a file, or: zcat FILE | c2a import -',
        })
      }
      return withClient(async (client) => {
        const { importFromFile, importFromStdin } = await import('../backup/import.js')
        const summary = await (file === '-'
          ? importFromStdin(client)
          : importFromFile(client, file))
        if (options.json) return printJson(summary)
        const { describeImport } = await import('../backup/describe.js')
        say(describeImport(summary))
      })
    })
}
