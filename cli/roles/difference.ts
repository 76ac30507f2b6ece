import { structuredPatch } from 'diff'
import type { Role } from '../../shared/contract/role.js'
import type { RoleChange } from '../../shared/role-changes.js'
import { sanitise, sanitiseLine } from '../text/sanitise.js'
import { paintToken, type Theme } from '../text/theme.js'
import type { FiledRole } from './folder.js'
import { formatRoleFile } from './role-file.js'

export type Difference = RoleChange<Role, FiledRole>

/** Beyond so many changed lines it is not worth the time that it takes. */
const mostEdits = 5_000

/** What is there (-) and what the files say (+), as `diff -u` shows it; both as files of a role. */
export function differenceLines({ name, before, after }: Difference, theme: Theme): string[] {
  const [from, to] = [before && formatRoleFile(before), after && formatRoleFile(after)]
  const patch = structuredPatch('', '', from ?? '', to ?? '', '', '', {
    context: 3,
    maxEditLength: mostEdits,
  })
  const there = before === undefined ? '/dev/null' : `${name} (revision ${before.revision})`
  const here = after === undefined ? '/dev/null' : after.path
  const head = [`--- ${there}`, `+++ ${here}`].map((line) =>
    paintToken(theme, 'strong', sanitiseLine(line)),
  )
  if (patch === undefined) return [...head, 'they have little in common']
  return [
    ...head,
    ...patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
      paintToken(theme, 'dim', `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`),
      ...lines.map((line) => painted(line, theme)),
    ]),
  ]
}

function painted(line: string, theme: Theme): string {
  const safe = sanitise(line)
  if (line.startsWith('+')) return paintToken(theme, 'ok', safe)
  return line.startsWith('-') ? paintToken(theme, 'error', safe) : safe
}
