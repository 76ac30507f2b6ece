import type { ImportSummary } from '../../shared/contract/backup.js'
import type { Exported } from './export.js'
import { formatBytes, plural } from './progress.js'

/** What an export holds, in a line. */
export function describeExport(
  { sessions, messages, roles, bytes }: Exported,
  file: string | undefined,
): string {
  const what = `${plural(sessions, 'session')}, ${plural(messages, 'message')}, ${plural(roles, 'role')}`
  return `exported ${what}${file === undefined ? '' : ` to ${file}`} (${formatBytes(bytes)})`
}

/** What an import did, in a line. */
export function describeImport({ sessions, messages, roles }: ImportSummary): string {
  const parts = [
    [sessions, 'session'],
    [messages, 'message'],
    [roles, 'role'],
  ] as const
  const said = parts.flatMap(([{ added, updated, kept }, what]) => {
    if (added + updated + kept === 0) return []
    const how = [
      added > 0 ? `${added} new` : '',
      updated > 0 ? `${updated} updated` : '',
      kept > 0 ? `${kept} here already` : '',
    ].filter((text) => text !== '')
    return [`${plural(added + updated + kept, what)} (${how.join(', ')})`]
  })
  return said.length === 0 ? 'the file is empty' : `imported ${said.join(', ')}`
}
