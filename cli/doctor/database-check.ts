import type { Ready } from '../../shared/contract/health.js'
import { combined, type Finding, fail, ok, warn } from './check.js'

type Database = NonNullable<Ready['details']>['database']

const mebibyte = 1024 * 1024
/** A managed database writes up to 256 MB of log before it tidies up. */
const littleBytes = 512 * mebibyte
const noBytes = 16 * mebibyte
const leastMajor = 15

/** As the daemon tells of it. */
export function databaseFinding(database: Database): Finding {
  const { ok: answers, managed, version, where, free_bytes: free } = database
  const place = [managed ? 'managed here' : 'a server of yours', where].filter(Boolean).join(', ')
  if (!answers) {
    const fix = managed
      ? 'c2a daemon restart\nIf that does not help, see the log: c2a daemon logs'
      : 'Does it run? Check database.url (C2A_DATABASE_URL). See the log: c2a daemon logs'
    return fail(`${place}, does not answer`, fix)
  }
  return combined([
    ok(`Postgres ${version}, ${place}`),
    ...ageFindings(version),
    ...schemaFindings(database),
    ...(free === undefined ? [] : roomFindings(free)),
  ])
}

function ageFindings(version: string | null): Finding[] {
  const major = Number.parseInt(version ?? '', 10)
  if (!(major < leastMajor)) return []
  return [warn(`Postgres ${version} is too old`, `Use Postgres ${leastMajor} or later.`)]
}

function schemaFindings({ schema }: Database): Finding[] {
  if (schema === undefined) return []
  const { version, newest } = schema
  if (version === newest) return [ok(`schema ${version}, up to date`)]
  if (version !== null && version > newest) {
    const what = `its schema is ${version}, and this daemon knows ${newest}`
    return [fail(what, 'Update c2a where the daemon runs.')]
  }
  const behind = `its schema is ${version ?? 'missing'}, and the daemon needs ${newest}`
  return [fail(behind, 'c2a daemon restart')]
}

function roomFindings(free: number): Finding[] {
  const room = `${sizeOf(free)} free`
  const fix = 'Make room on the disk of the database.'
  if (free < noBytes) return [fail(`the disk is full (${room})`, fix)]
  return free < littleBytes ? [warn(`only ${room}`, fix)] : [ok(room)]
}

function sizeOf(bytes: number): string {
  const gibibytes = bytes / mebibyte / 1024
  if (gibibytes >= 10) return `${Math.round(gibibytes)} GiB`
  return gibibytes >= 1 ? `${gibibytes.toFixed(1)} GiB` : `${Math.floor(bytes / mebibyte)} MiB`
}
