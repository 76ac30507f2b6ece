import { Command } from 'commander'
import type { Client } from '../../shared/client/client.js'
import type { CallParams } from '../../shared/contract/param-table.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Role } from '../../shared/contract/role.js'
import { changeParams, showParams, withoutUnset } from '../../shared/params.js'
import { withClient } from '../connect.js'
import { canAsk, mayDestroy } from '../input/keyboard.js'
import { paramOption } from '../input/param-option.js'
import { pickByName } from '../input/pick.js'
import { editText, readInstructions, type TextOptions } from '../input/role-text.js'
import { formatAge } from '../output/age.js'
import { fieldLines, type Listing, printJson, printLines, printList } from '../output/print.js'
import { say } from '../output/report.js'
import { applyRolesCommand, diffRolesCommand, exportRolesCommand } from '../roles/commands.js'
import { sanitise, sanitiseLine } from '../text/sanitise.js'

export function rolesCommand(): Command {
  return new Command('roles')
    .summary('list, show, create, edit and delete roles; keep them in files')
    .description(
      'A role is a name for instructions that go along with every question as the system message. ' +
        'Names are found by any case, and by a beginning that only one has.',
    )
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(createCommand())
    .addCommand(editCommand())
    .addCommand(deleteCommand())
    .addCommand(exportRolesCommand())
    .addCommand(diffRolesCommand())
    .addCommand(applyRolesCommand())
}

function listCommand(): Command {
  return new Command('list')
    .summary('list them by name')
    .description(
      'Lists roles by name. In a pipe each is one line between tabs: name, id, revision, updated, instructions.',
    )
    .option('--json', "the API's rows as a JSON array")
    .action((options: { json?: boolean }) =>
      withClient(async (client, { env }) => {
        const roles = await client.listRoles()
        if (options.json) return printJson(roles)
        if (roles.length === 0) say('there are no roles yet; c2a roles create NAME makes one')
        printList(roles, listing(Date.now()), env)
      }),
    )
}

function listing(now: number): Listing<Role> {
  return {
    columns: [
      { title: 'NAME', elastic: 30 },
      { title: 'INSTRUCTIONS', elastic: 12 },
      { title: 'AGE', align: 'right' },
    ],
    forTerminal: (role) => [role.name, role.instructions, formatAge(role.updated_at, now)],
    forPipe: (role) => [role.name, role.id, role.revision, role.updated_at, role.instructions],
  }
}

function showCommand(): Command {
  return new Command('show')
    .summary('show one')
    .description('Shows a role; in a pipe only its instructions, as they are.')
    .argument('<name>', "the role's name")
    .option('--json', "the API's row as a JSON object")
    .action((name: string, options: { json?: boolean }) =>
      withClient(async (client) => {
        const role = await pick(client, name)
        if (options.json) return printJson(role)
        if (!process.stdout.isTTY) return printLines([role.instructions])
        const fields = fieldLines([
          ['name', sanitiseLine(role.name)],
          ['id', role.id],
          ['revision', String(role.revision)],
          ['params', sanitiseLine(showParams(role.params)) || '-'],
          ['created', role.created_at],
          ['updated', role.updated_at],
        ])
        printLines([...fields, '', sanitise(role.instructions)])
      }),
    )
}

function createCommand(): Command {
  return new Command('create')
    .summary('make one')
    .description(
      'Makes a role. Its instructions come from -i, -f, a pipe, or the keyboard up to Ctrl+D.',
    )
    .argument('<name>', 'a new name, 1 to 100 characters')
    .option('-i, --instructions <text>', 'the instructions')
    .option('-f, --file <file>', 'a file with the instructions; - is stdin')
    .addOption(paramOption('a parameter that goes along with them'))
    .action(async (name: string, options: TextOptions & ParamOptions) => {
      const named = options.instructions !== undefined || options.file !== undefined
      if (!named && canAsk()) say('the instructions, then Ctrl+D:')
      const source = !named && process.stdin.isTTY ? { file: '-' } : options
      const found = await readInstructions(source, { stdin: true })
      if (found === undefined || found.trim() === '') throw noInstructions()
      await withClient(async (client) => {
        const role = await client.createRole({
          name,
          instructions: found,
          params: withoutUnset(options.param ?? {}),
        })
        say(`created the role "${role.name}"`)
      })
    })
}

interface ParamOptions {
  /** Commander's name for -o. */
  param?: CallParams
}

interface EditOptions extends TextOptions, ParamOptions {
  name?: string
}

function editCommand(): Command {
  return new Command('edit')
    .summary('change one')
    .description(
      'Changes a role. Without options it opens the instructions in $VISUAL or $EDITOR, or reads ' +
        'them from a pipe.',
    )
    .argument('<name>', "the role's name")
    .option('--name <new>', 'another name')
    .option('-i, --instructions <text>', 'other instructions')
    .option('-f, --file <file>', 'a file with the instructions; - is stdin')
    .addOption(paramOption('a parameter that goes along with them; NAME= takes it away'))
    .action(async (name: string, options: EditOptions) => {
      const { param } = options
      const isOther = options.name !== undefined || param !== undefined
      const instructions = await readInstructions(options, { stdin: !isOther })
      if (instructions?.trim() === '') throw noInstructions()
      if (!isOther && instructions === undefined) return editByHand(name)
      await withClient(async (client) => {
        const role = await pick(client, name)
        const changed = await client.putRole(role.id, {
          ...(options.name !== undefined && { name: options.name }),
          ...(instructions !== undefined && { instructions }),
          ...(param !== undefined && { params: changeParams(role.params, param) }),
        })
        say(`changed the role "${changed.name}"`)
      })
    })
}

async function editByHand(name: string): Promise<void> {
  if (!canAsk() || !process.stdout.isTTY) {
    throw new ProblemError('invalid_request', 'nothing to change', {
      hint: 'Give --name, -i, -f or -o, pipe the instructions in, or run it on a terminal.',
    })
  }
  const { role, env } = await withClient(async (client, config) => ({
    role: await pick(client, name),
    env: config.env,
  }))
  await editText(role.instructions, env, async (edited) => {
    if (edited === role.instructions) return say('nothing changed')
    if (edited.trim() === '') throw noInstructions()
    // Connected anew: somebody may think for hours in an editor.
    await withClient((client) => client.putRole(role.id, { instructions: edited }))
    say(`changed the role "${role.name}"`)
  })
}

function deleteCommand(): Command {
  return new Command('delete')
    .summary('delete one, after asking')
    .description('Deletes a role; sessions that use it go on without one. Asks first.')
    .argument('<name>', "the role's name")
    .option('-y, --yes', 'do not ask; needed where nobody can be asked')
    .action((name: string, options: { yes?: boolean }) => {
      if (!options.yes && !canAsk()) return mayDestroy('', options).then(() => undefined)
      return withClient(async (client) => {
        const role = await pick(client, name)
        if (!(await mayDestroy(`Delete the role "${role.name}"?`, options))) return
        await client.deleteRole(role.id)
        say(`deleted the role "${role.name}"`)
      })
    })
}

async function pick(client: Client, name: string): Promise<Role> {
  return pickByName(await client.listRoles(), name, 'role')
}

function noInstructions(): ProblemError {
  return new ProblemError('invalid_request', 'a role needs instructions', {
    hint: 'Give -i TEXT or -f FILE, or pipe them in.',
  })
}
