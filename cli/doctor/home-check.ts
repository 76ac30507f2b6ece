import { type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Home } from '../../shared/home.js'
import type { Environment } from '../../shared/settings.js'
import { combined, type Finding, fail, ok } from './check.js'
import { shellWord } from './shell-word.js'

/** What of a file matters here. */
export type Seen = Pick<Stats, 'uid' | 'mode'>

export interface HomeLook {
  readonly home: Home
  readonly env: Environment
  /** Where the daemon listens: not always in the home. */
  readonly socket: string
  /** Undefined where nobody has an id (Windows). */
  readonly us: number | undefined
  /** Undefined: there is no such file. */
  see(path: string): Seen | undefined
}

interface Place {
  readonly path: string
  readonly mode: number
  /** What it means that others can read it. */
  readonly read: Finding['status']
  /** May be root's, as in a container. */
  readonly ofRoot?: true
}

/** Where everything is, and whether it is ours alone. */
export function homeFinding(look: HomeLook): Finding {
  const { home, env, socket, us, see } = look
  const how = env['C2A_HOME'] ? 'C2A_HOME' : 'XDG directories'
  const missing = see(home.directory) === undefined ? ' (made at the first start)' : ''
  const where = `${home.directory}${missing} by ${how}; config ${home.config}; socket ${socket}`
  if (us === undefined) return ok(where)
  const places: Place[] = [
    { path: home.directory, mode: 0o700, read: 'warn' },
    { path: dirname(home.config), mode: 0o700, read: 'ok', ofRoot: true },
    { path: home.config, mode: 0o600, read: 'warn', ofRoot: true },
    { path: home.token, mode: 0o600, read: 'fail' },
    { path: socket, mode: 0o600, read: 'warn' },
  ]
  const unlike = places.filter(
    ({ path }, index) => places.findIndex((one) => one.path === path) === index,
  )
  const wrong = unlike.flatMap((place) => {
    const seen = see(place.path)
    return (seen && placeFinding(place, seen, us)) ?? []
  })
  return combined([...wrong, ok(where)])
}

function placeFinding(place: Place, seen: Seen, us: number): Finding | undefined {
  const { path, mode, read, ofRoot } = place
  const isRoots = seen.uid === 0
  if (seen.uid !== us && !(isRoots && ofRoot)) {
    // What a single `sudo c2a` leaves behind.
    const fix = isRoots
      ? `sudo chown -R "$(id -un)" ${shellWord(path)}`
      : 'Set C2A_HOME to a directory of your own.'
    return fail(`${path} belongs to ${isRoots ? 'root' : `another user (${seen.uid})`}`, fix)
  }
  const fix = `chmod ${mode.toString(8)} ${shellWord(path)}`
  if (seen.mode & 0o022) return fail(`others can write to ${path} (${octal(seen)})`, fix)
  if ((seen.mode & 0o077) === 0 || read === 'ok') return undefined
  return { status: read, detail: `others can read ${path} (${octal(seen)})`, fix }
}

function octal({ mode }: Seen): string {
  return (mode & 0o7777).toString(8).padStart(4, '0')
}

export function seeFile(path: string): Seen | undefined {
  try {
    return statSync(path)
  } catch {
    // Not there, or not to be looked at: whoever needs it will say so.
    return undefined
  }
}
