import type { Home } from '../../shared/home.js'
import { daemonOwner, readDaemonFile } from './presence.js'

/** Of a daemon that was started by hand, by a service or by `c2a stack up`: no client may end it. */
export const howToRestart =
  'Restart it where it was started (c2a stack up: c2a stack restart daemon).'

/** The pid of such a daemon, while it runs. */
export function notRenewed(home: Home): number | undefined {
  return readDaemonFile(home)?.personal === false ? daemonOwner(home)?.pid : undefined
}
