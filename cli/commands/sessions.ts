import { Command } from 'commander'
import type { CallParams } from '../../shared/contract/param-table.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Session } from '../../shared/contract/session.js'
import { changeParams } from '../../shared/params.js'
import { withClient } from '../connect.js'
import { canAsk, mayDestroy } from '../input/keyboard.js'
import { limitUpTo } from '../input/limit.js'
import { paramOption } from '../input/param-option.js'
import { pickByName, pickSession } from '../input/pick.js'
import { formatAge } from '../output/age.js'
import { type Listing, printJson, printList } from '../output/print.js'
import { say } from '../output/report.js'
import { forkCommand } from '../session/fork-command.js'
import { sanitise } from '../text/sanitise.js'

export function sessionsCommand(): Command {
  return new Command('sessions')
    .summary('list, show, edit, fork and delete sessions')
    .description(
      'Sessions are the chats that the daemon keeps. An id may be shortened to its beginning.',
    )
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(exportSessionCommand())
    .addCommand(editCommand())
    .addCommand(forkCommand())
    .addCommand(deleteCommand())
}

/** The API gives no longer page. */
const mostListed = 1_000

function listCommand(): Command {
  return new Command('list')
    .summary('list them, the latest first')
    .description(
      'Lists sessions, the most recently updated first; ● marks one that is answering now. In a ' +
        'pipe each is one line between tabs: id, title, model, updated, live or nothing.',
    )
    .option('-n, --limit <n>', 'at most so many', limitUpTo(mostListed))
    .option('--json', "the API's rows as a JSON array")
    .action((options: { limit?: number; json?: boolean }) =>
      withClient(async (client, { env }) => {
        const sessions = await client.listSessions(options.limit)
        if (options.json) return printJson(sessions)
        if (sessions.length === 0) say('there are no sessions yet')
        printList(sessions, listing(Date.now()), env)
      }),
    )
}

function listing(now: number): Listing<Session> {
  return {
    columns: [
      { title: 'ID' },
      { title: 'TITLE', elastic: 10 },
      { title: 'MODEL', elastic: 8 },
      { title: 'AGE', align: 'right' },
    ],
    forTerminal: (session) => [
      `${session.id.slice(0, 8)}${session.live_turn_id === null ? '' : ' ●'}`,
      session.title,
      modelOf(session) || '-',
      formatAge(session.updated_at, now),
    ],
    forPipe: (session) => [
      session.id,
      session.title,
      modelOf(session),
      session.updated_at,
      session.live_turn_id === null ? '' : 'live',
    ],
  }
}

/** In plan mode both models, as --plan takes them. */
function modelOf({ model, plan }: Session): string {
  return plan === null ? (model ?? '') : `${plan.planning_model},${plan.answering_model}`
}

function showCommand(): Command {
  return new Command('show')
    .summary('show one with its messages')
    .description('Shows a session with its messages, rendered on a terminal, plain in a pipe.')
    .argument('<id>', 'the id or its beginning')
    .option('--json', "the API's session as one JSON object, its messages in it")
    .action((id: string, options: { json?: boolean }) =>
      withClient(async (client, { env }) => {
        const picked = await pickSession(client, id)
        // A list does not say what a session has cost.
        const session = await client.getSession(picked.id)
        const messages = await client.listMessages(session.id)
        if (options.json) return printJson({ ...session, messages })
        const roles = session.role_id === null ? [] : await client.listRoles()
        const role = roles.find((one) => one.id === session.role_id)
        const { showSession } = await import('../output/show-session.js')
        await showSession({ session, messages, roleName: role?.name }, env)
      }),
    )
}

function exportSessionCommand(): Command {
  return new Command('export')
    .summary('print one as a markdown document')
    .description(
      'Prints a session as markdown, for people and other programs; c2a export is what c2a import reads.',
    )
    .argument('<id>', 'the id or its beginning')
    .action((id: string) =>
      withClient(async (client) => {
        const session = await pickSession(client, id)
        const messages = await client.listMessages(session.id)
        const { sessionMarkdown } = await import('../output/session-markdown.js')
        const text = sessionMarkdown(session, messages)
        process.stdout.write(process.stdout.isTTY ? sanitise(text) : text)
      }),
    )
}

interface EditOptions {
  title?: string
  model?: string
  /** False: --no-role. */
  role?: string | false
  param?: CallParams
}

function editCommand(): Command {
  return new Command('edit')
    .summary('change title, model, role or parameters of one')
    .description('Changes a session; what is not named stays. An open chat follows.')
    .argument('<id>', 'the id or its beginning')
    .option('--title <title>', 'another title')
    .option('-m, --model <model>', 'the model from now on, which ends plan mode')
    .option('-r, --role <role>', 'the role from now on')
    .option('--no-role', 'no role from now on')
    .addOption(paramOption('a parameter from now on; NAME= takes it away'))
    .action((id: string, { title, model, role, param }: EditOptions) => {
      const named = [title, model, role, param].some((value) => value !== undefined)
      if (!named) {
        throw new ProblemError('invalid_request', 'nothing to change', {
          hint: 'Give --title, -m, -r, --no-role or -o.',
        })
      }
      return withClient(async (client) => {
        const session = await pickSession(client, id)
        const found = role ? pickByName(await client.listRoles(), role, 'role').id : null
        const changed = await client.patchSession(session.id, {
          ...(title !== undefined && { title }),
          ...(model !== undefined && { model, plan: null }),
          ...(role !== undefined && { role_id: found }),
          ...(param !== undefined && { params: changeParams(session.params, param) }),
        })
        say(`changed "${changed.title}" (${changed.id.slice(0, 8)})`)
      })
    })
}

function deleteCommand(): Command {
  return new Command('delete')
    .summary('delete some, after asking')
    .description('Deletes sessions with their messages; a running answer is stopped. Asks first.')
    .argument('<id...>', 'ids or their beginnings')
    .option('-y, --yes', 'do not ask; needed where nobody can be asked')
    .action((ids: string[], options: { yes?: boolean }) => {
      // Before the daemon is even started: nobody is there to say yes.
      if (!options.yes && !canAsk()) return mayDestroy('', options).then(() => undefined)
      return withClient(async (client) => {
        // All of them first: a mistyped id must not leave half of the work done.
        const found = await Promise.all(ids.map((id) => pickSession(client, id)))
        const sessions = [...new Map(found.map((session) => [session.id, session])).values()]
        for (const { id, title } of sessions) {
          const name = `"${title}" (${id.slice(0, 8)})`
          if (!(await mayDestroy(`Delete ${name}?`, options))) continue
          await client.deleteSession(id)
          say(`deleted ${name}`)
        }
      })
    })
}
