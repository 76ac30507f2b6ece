import { join } from 'node:path'
import envPaths from 'env-paths'
import type { Environment } from './settings.js'

/** Where a user's files are. With C2A_HOME everything is under it, else in the XDG directories. */
export interface Home {
  directory: string
  config: string
  token: string
  socket: string
  log: string
  lock: string
  /** What the running daemon says of itself: `DaemonFile` as JSON. */
  daemon: string
}

export function homeOf(env: Environment): Home {
  const root = env['C2A_HOME']
  const paths = envPaths('chat2anyllm', { suffix: '' })
  const directory = root || paths.data
  return {
    directory,
    config: join(root || paths.config, 'config.json'),
    token: join(directory, 'token'),
    socket: join(directory, 'c2a.sock'),
    log: join(directory, 'daemon.log'),
    lock: join(directory, 'daemon.lock'),
    daemon: join(directory, 'daemon.json'),
  }
}

/** Written by a daemon when it listens, removed when it ends cleanly. */
export interface DaemonFile {
  pid: number
  version: string
  build: string
  /** `settingsHash` of what it was started with. */
  settings: string
  /** Started by a client, so clients may renew it; a `c2a daemon run` is left alone. */
  personal: boolean
  /** Where it listens: not always `home.socket`, whose path may be too long. */
  socket: string
  /** host:port, when it listens on TCP too. */
  listen?: string
  started_at: string
}
