import { execFile } from 'node:child_process'
import type { Account } from './account.js'

/** How a program of Postgres is started: which user, which environment. */
export interface Runner {
  readonly account: Account | undefined
  readonly env: NodeJS.ProcessEnv
}

/**
 * Runs a program of Postgres to its end and gives its standard output. Fails with its standard error,
 * or with the reason why it could not run at all.
 */
export function run(program: string, args: readonly string[], runner: Runner): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, spawnOptions(runner), (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(stderr.trim() || error.message, { cause: error }))
    })
  })
}

/** Nothing of the user's own environment: PGPORT and its like would change what Postgres does. */
export function spawnOptions({ account, env }: Runner) {
  return {
    // Postgres' user may not be allowed into the directory where the daemon was started.
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', ...env },
    ...(account && { uid: account.uid, gid: account.gid }),
  }
}
