import type { ImportSummary } from '../../shared/contract/backup.js'
import { formatBytes, plural } from '../output/figures.js'
import type { Exported } from './export.js'

/** What an export holds, in a line. */
export function describeExport(
  { sessions, messages, roles, people = 0, bytes }: Exported,
  file: string | undefined,
): string {
  const said = [
    ...[plural(sessions, 'session'), plural(messages, 'message'), plural(roles, 'role')],
    ...(people > 0 ? [pluralPeople(people)] : []),
  ]
  const what = said.join(', ')
  return `exported ${what}${file === undefined ? '' : ` to ${file}`} (${formatBytes(bytes)})`
}

const none = { added: 0, updated: 0, kept: 0 }

/** As an older daemon says it, too. */
type Imported = Omit<ImportSummary, 'people'> & Partial<Pick<ImportSummary, 'people'>>

function pluralPeople(count: number): string {
  return count === 1 ? '1 person' : `${count} people`
}

/** What an import did, in a line. */
export function describeImport({ sessions, messages, roles, people }: Imported): string {
  const parts = [
    [sessions, (count: number) => plural(count, 'session')],
    [messages, (count: number) => plural(count, 'message')],
    [roles, (count: number) => plural(count, 'role')],
    [people ?? none, pluralPeople],
  ] as const
  const said = parts.flatMap(([{ added, updated, kept }, what]) => {
    if (added + updated + kept === 0) return []
    const how = [
      added > 0 ? `${added} new` : '',
      updated > 0 ? `${updated} updated` : '',
      kept > 0 ? `${kept} here already` : '',
    ].filter((text) => text !== '')
    return [`${what(added + updated + kept)} (${how.join(', ')})`]
  })
  return said.length === 0 ? 'the file is empty' : `imported ${said.join(', ')}`
}
