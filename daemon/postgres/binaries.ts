import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import type { Account } from './account.js'
import { findNpmPostgres, libraryEnv, publicCopy } from './npm-package.js'
import { type Runner, run } from './run.js'
import { unavailable } from './unavailable.js'

/** The programs of one Postgres that were seen to run. */
export interface Binaries extends Runner {
  readonly binDir: string
  /** Such as `18.4`. */
  readonly version: string
  readonly major: number
}

export interface BinaryOptions {
  /** C2A_PG_BIN: this one and no other. */
  readonly binDir: string | undefined
  readonly packageRoot: string
  readonly env: NodeJS.ProcessEnv
  readonly account: Account | undefined
  /** Holds the links that an npm without install scripts did not make. */
  readonly linksDir: string
  /** For a copy of the programs when `account` cannot reach them. */
  readonly sharedRoot: string
  /** Of the data directory, which only this major version can read. */
  readonly major: number | undefined
}

// sql/ is written for these and newer ones.
const oldestMajor = 15

/**
 * The first Postgres that runs here: C2A_PG_BIN, npm's platform package, PATH, the places of
 * distributions and Homebrew. "Runs" is found out by running it, as the user who will.
 */
export async function findBinaries(
  options: BinaryOptions,
  directories = systemDirectories(options.env),
): Promise<Binaries> {
  const others: string[] = []
  for await (const found of candidates(options, directories)) {
    if (found === undefined) continue
    if (found.major === (options.major ?? found.major) && found.major >= oldestMajor) return found
    others.push(found.version)
  }
  throw unavailable(explain(options, others))
}

async function* candidates(
  options: BinaryOptions,
  directories: readonly string[],
): AsyncGenerator<Binaries | undefined> {
  if (options.binDir !== undefined) {
    yield probe(options.binDir, options)
    return
  }
  yield fromNpm(options)
  for (const directory of directories) yield probe(directory, options)
}

async function fromNpm(options: BinaryOptions): Promise<Binaries | undefined> {
  const found = await findNpmPostgres(options.packageRoot)
  if (found === undefined) return undefined
  const env = await libraryEnv(found.native, options.linksDir)
  const binDir = join(found.native, 'bin')
  const direct = await probe(binDir, options, env)
  if (direct !== undefined || options.account === undefined) return direct
  // Root can run it: then it is the way that is closed to the account, and not another libc.
  if ((await probe(binDir, { ...options, account: undefined }, env)) === undefined) return undefined
  return probe(join(await publicCopy(found, options.sharedRoot), 'bin'), options)
}

/** Nothing when the programs are not there or do not run (another libc, no way for `account`). */
async function probe(
  directory: string,
  { account }: BinaryOptions,
  env: NodeJS.ProcessEnv = {},
): Promise<Binaries | undefined> {
  const postgres = join(directory, 'postgres')
  if (!existsSync(postgres) || !existsSync(join(directory, 'initdb'))) return undefined
  // Through links (Debian's /usr/local/bin, Homebrew), so that the way is checked to its end.
  const binDir = dirname(realpathSync(postgres))
  const output = await run(join(binDir, 'postgres'), ['--version'], { account, env }).catch(
    () => '',
  )
  const version = /\d+(?:\.\d+|\w+)*/.exec(output)?.[0]
  if (version === undefined) return undefined
  return { binDir, version, major: Number.parseInt(version, 10), account, env }
}

function systemDirectories(env: NodeJS.ProcessEnv): string[] {
  const path = (env['PATH'] ?? '').split(delimiter).filter((directory) => isAbsolute(directory))
  return [
    ...path,
    ...newestFirst('/usr/lib/postgresql', /^\d+$/),
    ...newestFirst('/usr', /^pgsql-\d+$/),
    ...newestFirst('/opt/homebrew/opt', /^postgresql@\d+$/),
    ...newestFirst('/usr/local/opt', /^postgresql@\d+$/),
  ]
}

function newestFirst(parent: string, name: RegExp): string[] {
  if (!existsSync(parent)) return []
  const major = (entry: string) => Number(/\d+$/.exec(entry)?.[0])
  return readdirSync(parent)
    .filter((entry) => name.test(entry))
    .sort((a, b) => major(b) - major(a))
    .map((entry) => join(parent, entry, 'bin'))
}

function explain({ binDir, major }: BinaryOptions, others: readonly string[]): string {
  const found = others.length === 0 ? '' : ` (found ${[...new Set(others)].join(', ')})`
  if (major !== undefined && binDir === undefined) {
    return `the database was made by Postgres ${major}, which does not run here${found}: install Postgres ${major}`
  }
  if (major !== undefined)
    return `C2A_PG_BIN=${binDir} has no Postgres ${major}, which made the database${found}`
  if (binDir !== undefined)
    return `C2A_PG_BIN=${binDir} has no Postgres ${oldestMajor} or later that runs${found}`
  return `no Postgres that runs on this system was found${found}: install Postgres ${oldestMajor} or later`
}
