import { dirname, isAbsolute, join } from 'node:path'
import envPaths from 'env-paths'
import { ProblemError } from './contract/problem.js'
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

/** Throws ProblemError `invalid_request` for a path that would depend on where one stands. */
export function homeOf(env: Environment): Home {
  const root = env['C2A_HOME']
  const paths = envPaths('chat2anyllm', { suffix: '' })
  const directory = root || paths.data
  if (!isAbsolute(directory)) {
    const name = root ? 'C2A_HOME' : 'HOME (or XDG_DATA_HOME)'
    throw new ProblemError(
      'invalid_request',
      `${name} must be an absolute path, not "${root || directory}"`,
    )
  }
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

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'it is on a read-only file system',
  ENOTDIR: 'it, or a part of its path, is a file',
  EEXIST: 'it, or a part of its path, is a file',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
}

/** What the file system says to a use of the home, as a sentence with a way out; any other error as it is. */
export function homeFailure(error: unknown, home: Home): unknown {
  if (!(error instanceof Error) || error instanceof ProblemError) return error
  const { code, path, syscall } = error as NodeJS.ErrnoException
  if (code === undefined) return error
  // A write fails without a path: only a full disk is then surely about the home's.
  if (path === undefined && reasons[code] === undefined) return error
  if (path !== undefined && !concerns(path, home)) return error
  const why = reasons[code] ?? `${syscall ?? 'it'} failed`
  return new ProblemError(
    'invalid_request',
    `cannot use ${path ?? home.directory}: ${why} (${code})`,
    { cause: error, hint: 'Set C2A_HOME to a directory that you can write to.' },
  )
}

function concerns(path: string, home: Home): boolean {
  const within = (inner: string, outer: string): boolean => `${inner}/`.startsWith(`${outer}/`)
  return [home.directory, dirname(home.config)].some(
    (directory) => within(path, directory) || within(directory, path),
  )
}

/** What the log says of a start that failed; its `error` is the sentence for people. */
export const startFailed = 'the daemon could not start'

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
  /** Of the managed database: not always in the home, which its user may not be able to enter. */
  data_dir?: string
  started_at: string
}
