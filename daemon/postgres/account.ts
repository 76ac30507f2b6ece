import { readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** The system user that Postgres runs as when the daemon is root, which Postgres refuses to be. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

const nobody: Account = { uid: 65534, gid: 65534 }

/** `postgres` where there is such a user, else `nobody`. */
export function databaseAccount(passwd = readPasswd()): Account {
  return accountNamed('postgres', passwd) ?? accountNamed('nobody', passwd) ?? nobody
}

/** Whether `account` can walk into the directory `path`, by the mode bits of it and its parents. */
export function canEnter(path: string, account: Account): boolean {
  for (let directory = realpathSync(path); ; directory = dirname(directory)) {
    const { mode, uid, gid } = statSync(directory)
    const searchBit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001
    if ((mode & searchBit) === 0) return false
    if (directory === dirname(directory)) return true
  }
}

function accountNamed(name: string, passwd: string): Account | undefined {
  const line = passwd.split('\n').find((entry) => entry.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  // A user with uid 0 would be root again.
  return Number(uid) > 0 ? { uid: Number(uid), gid: Number(gid) } : undefined
}

function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8')
  } catch {
    return '' // Some images have none.
  }
}
