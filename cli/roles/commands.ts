import { Command } from 'commander'
import type { Client } from '../../shared/client/client.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { AppliedRoles } from '../../shared/contract/role.js'
import { planRoles } from '../../shared/role-changes.js'
import { withClient } from '../connect.js'
import { mayDestroy } from '../input/keyboard.js'
import { pickByName } from '../input/pick.js'
import { exitWith } from '../output/exit.js'
import { printJson, printLines } from '../output/print.js'
import { say } from '../output/report.js'
import { themeOf } from '../output/terminal-theme.js'
import { sanitiseLine } from '../text/sanitise.js'
import type { FiledRole } from './folder.js'

const differenceFound = 8

const fileHelp = `
A file is markdown: the instructions, and before them, if need be, what they are called and their parameters.
  ---
  name: Code reviewer        (else the file's name)
  params:
    temperature: 0.2
  ---

  You review code. …`

const pathsHelp = 'files of roles, or folders, of which every *.md but README.md is one'

export function exportRolesCommand(): Command {
  return new Command('export')
    .summary('write them to files, to keep them in git')
    .description(
      'Writes each role to the file of the folder that is it already, else to NAME.md. Where a file ' +
        'says something else nothing is written, unless --force is given.',
    )
    .argument('<folder>', 'made where it is missing')
    .argument('[names...]', 'only these roles')
    .option('--force', 'overwrite files that say something else')
    .addHelpText('after', fileHelp)
    .action((folder: string, names: string[], { force = false }: { force?: boolean }) =>
      withClient(async (client) => {
        const { planExport, writeExport } = await import('./folder.js')
        const all = await client.listRoles()
        const roles = names.length === 0 ? all : names.map((name) => pickByName(all, name, 'role'))
        const files = planExport(folder, [...new Set(roles)])
        const others = files.filter(({ state }) => state === 'other').map(({ path }) => path)
        if (others.length > 0 && !force) {
          throw new ProblemError('invalid_request', `not the same: ${others.join(', ')}`, {
            hint: `c2a roles diff ${folder} shows how they differ; --force overwrites them. Nothing was written.`,
          })
        }
        const changed = files.filter(({ state }) => state !== 'same')
        writeExport(folder, changed)
        for (const { path } of changed) say(`wrote ${path}`)
        if (changed.length === 0) say(`nothing to write; ${count(files.length)} in ${folder}`)
      }),
    )
}

interface DiffOptions {
  prune?: boolean
  json?: boolean
}

export function diffRolesCommand(): Command {
  return new Command('diff')
    .summary('compare them with files')
    .description(
      'Shows what apply would change: - is what there is, + what the files say. A token that may ' +
        'only read is enough.',
    )
    .argument('<paths...>', pathsHelp)
    .option('--prune', 'roles that are in no file are a difference, too')
    .option('--json', 'a JSON array of {action, name, path, revision}, what is the same too')
    .addHelpText('after', `${fileHelp}\n\nExit code 8: there is a difference.`)
    .action((paths: string[], { prune = false, json = false }: DiffOptions) =>
      withClient(async (client, { env }) => {
        const wanted = await readFiles(paths)
        const plan = planRoles(await client.listRoles(), wanted)
        const shown = plan.filter(({ action }) => prune || action !== 'delete')
        const differences = shown.filter(({ action }) => action !== 'unchanged')
        if (json) {
          printJson(
            shown.map(({ action, name, before, after }) => ({
              ...{ action, name, path: after?.path ?? null, revision: before?.revision ?? null },
            })),
          )
        } else {
          const { differenceLines } = await import('./difference.js')
          const theme = themeOf(process.stdout, env)
          for (const difference of differences) printLines(differenceLines(difference, theme))
        }
        const others = plan.filter(({ action }) => action === 'delete').map(({ name }) => name)
        if (!prune && others.length > 0) say(`in no file: ${others.map(sanitiseLine).join(', ')}`)
        if (differences.length === 0) return say(`no difference; ${count(wanted.length)}`)
        exitWith(differenceFound)
      }),
    )
}

interface ApplyOptions extends DiffOptions {
  dryRun?: boolean
  yes?: boolean
}

export function applyRolesCommand(): Command {
  return new Command('apply')
    .summary('make them what files say')
    .description(
      'Makes the roles that are missing and changes those that differ, all or none; the others stay. ' +
        'Twice is the same as once. Needs a token with --scope admin.',
    )
    .argument('<paths...>', pathsHelp)
    .option('--prune', 'delete every role that is in no file, after asking')
    .option('--dry-run', 'only say what would be done')
    .option('-y, --yes', 'do not ask; needed to prune where nobody can be asked')
    .option('--json', 'a JSON array of {action, name, id, revision}')
    .addHelpText('after', fileHelp)
    .action((paths: string[], options: ApplyOptions) =>
      withClient(async (client) => {
        const { prune = false, dryRun = false, json = false } = options
        const roles = (await readFiles(paths)).map(({ path: _, ...role }) => role)
        if (prune && !dryRun && !(await mayPrune(client, roles, options))) return
        const applied = await client.applyRoles({ roles, prune, dry_run: dryRun })
        if (json) return printJson(applied.changes)
        tell(applied)
      }),
    )
}

async function readFiles(paths: readonly string[]): Promise<FiledRole[]> {
  const { readRoleFiles } = await import('./folder.js')
  const roles = readRoleFiles(paths)
  // An empty folder is more likely a wrong one: pruned by it, nothing would be left.
  if (roles.length > 0) return roles
  throw new ProblemError('invalid_request', `there is no role in ${paths.join(', ')}`, {
    hint: 'Roles are files that end in .md; c2a roles export FOLDER makes them.',
  })
}

async function mayPrune(
  client: Client,
  roles: readonly Omit<FiledRole, 'path'>[],
  options: { yes?: boolean },
): Promise<boolean> {
  const plan = planRoles(await client.listRoles(), roles)
  const gone = plan.filter(({ action }) => action === 'delete').map(({ name }) => quoted(name))
  if (gone.length === 0) return true
  return mayDestroy(`Delete ${count(gone.length)}: ${gone.join(', ')}?`, options)
}

/** On one line: a line break in a name would look like something that was said. */
const quoted = (name: string): string => `"${sanitiseLine(name)}"`

const past = { create: 'created', update: 'changed', delete: 'deleted' } as const

function tell({ changes, dry_run }: AppliedRoles): void {
  const unchanged = changes.filter(({ action }) => action === 'unchanged').length
  for (const { action, name, revision } of changes) {
    if (action === 'unchanged') continue
    const done = dry_run ? `would ${action === 'update' ? 'change' : action}` : past[action]
    const which = action === 'update' && !dry_run ? `, revision ${revision}` : ''
    say(`${done} the role ${quoted(name)}${which}`)
  }
  if (unchanged === changes.length) say(`no difference; ${count(unchanged)}`)
  else if (unchanged > 0) say(`${count(unchanged)} as before`)
}

const count = (roles: number): string => (roles === 1 ? '1 role' : `${roles} roles`)
