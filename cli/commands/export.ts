import { Command } from 'commander'
import { ProblemError } from '../../shared/contract/problem.js'
import { withClient } from '../connect.js'
import { pickSession } from '../input/pick.js'
import { say } from '../output/report.js'

interface Options {
  session?: string[]
  all?: boolean
}

export function exportCommand(): Command {
  return new Command('export')
    .summary('write sessions and roles to one file')
    .description(
      'Writes your sessions with all their messages, and as an admin the roles, to one file that ' +
        'c2a import reads on any instance. With a name that ends in .gz it is compressed. The file ' +
        'gets its name once it is whole and matches its own hash.',
    )
    .argument('[file]', 'default, and -: stdout')
    .option(
      '-s, --session <id>',
      'only this session, by its id or its beginning; may be repeated',
      (id: string, before: string[] = []) => [...before, id],
    )
    .option('--all', "everybody's sessions and names, for an admin: the backup of a shared daemon")
    .action((file: string | undefined, { session, all }: Options) => {
      const toStdout = file === undefined || file === '-'
      if (session !== undefined && all) {
        throw new ProblemError('invalid_request', 'give either --session or --all')
      }
      if (toStdout && process.stdout.isTTY) {
        throw new ProblemError('invalid_request', 'an export is not for a terminal', {
          hint: 'Name a file: c2a export FILE. c2a sessions export ID is a session for people.',
        })
      }
      return withClient(async (client) => {
        const found = await Promise.all((session ?? []).map((id) => pickSession(client, id)))
        const sessions = session && [...new Set(found.map(({ id }) => id))]
        const { exportToFile, exportToStdout } = await import('../backup/export.js')
        const wanted = { sessions, all }
        const exported = toStdout
          ? await exportToStdout(client, wanted)
          : await exportToFile(client, file, wanted)
        const { describeExport } = await import('../backup/describe.js')
        say(describeExport(exported, toStdout ? undefined : file))
      })
    })
}
