import { isIPv6 } from 'node:net'
import { listeningUser } from '../../shared/listening-user.js'
import type { Log } from '../log.js'

/** Whoever listens there would read prompts and our key, and is neither our user nor root. */
export class ForeignListener extends Error {
  override readonly name = 'ForeignListener'
  /** What to do about it. */
  readonly hint: string

  constructor(url: string, uid: number, hint: string) {
    super(`at ${url} a process of another user (uid ${uid}) listens, which is not asked`)
    this.hint = hint
  }
}

/** What forbids a connection to a loopback address, if anything does. */
export type Guard = (address: { hostname: string; port: number }) => Error | undefined

/**
 * Lets connections go to our own user's and to root's listeners alone: on a shared machine anybody may
 * bind a usual port, or that of a gateway that has died. Asked before each connection. Where the system
 * does not tell who listens, all may be asked. Logs each stranger once. `own`: it was told where ours is.
 */
export function createGuard(log: Log, { own }: { own: boolean }): Guard {
  const us = process.getuid?.()
  const told = new Set<string>()
  return ({ hostname, port }) => {
    const uid = listeningUser(port, hostname)
    if (uid === undefined || uid === us || uid === 0) return undefined
    const url = `http://${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}`
    if (!told.has(`${uid} ${url}`)) {
      told.add(`${uid} ${url}`)
      log.warn({ uid, url }, 'Another user listens where a gateway was looked for: it is not asked')
    }
    const hint = own
      ? 'Start yours again, at a free port: c2a stack up'
      : `If it is the right one, say so: c2a config set gateway.url ${url}`
    return new ForeignListener(url, uid, hint)
  }
}
