// Bundles cli/ and daemon/ into dist/. Two rules make the shape:
// - a dynamic import inside cli/ is a file of its own, so that `ask` loads no more than it needs;
// - the daemon is one file, since dist/ may be rebuilt while it runs.
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { leanStringWidth, leanTextDefine, leanTextInject } from './lean-text.mjs'
import { asScript, moduleChunk } from './module-chunks.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const started = new Date()
const { version, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Every source that ends up in dist/, as one hash: a client and its daemon must agree on it. */
function hashSources() {
  const hash = createHash('sha256')
  for (const folder of ['cli', 'daemon', 'shared', 'sql']) {
    const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /(?<!\.test)\.(tsx?|sql)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
    for (const file of files) hash.update(relative(root, file)).update(readFileSync(file))
  }
  hash.update(readFileSync(join(root, 'package-lock.json')))
  return hash.digest('hex').slice(0, 12)
}

const buildId = hashSources()

/** Lazy files that hold packages with a top-level await. */
const ofModules = new Set(['tui'])

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // Of one byte a character it is read and compiled faster.
  charset: 'ascii',
  legalComments: 'none',
  sourcemap: 'linked',
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
  external: ['pg-native'],
  define: {
    C2A_VERSION: JSON.stringify(version),
    C2A_BUILD: JSON.stringify(buildId),
    C2A_ENGINES: JSON.stringify(engines.node),
    'process.env.NODE_ENV': '"production"',
    'import.meta.url': '__fileUrl',
  },
  banner: { js: "const __fileUrl = require('node:url').pathToFileURL(__filename).href;" },
}

const ofClient = {
  minify: true,
  define: { ...common.define, ...leanTextDefine },
  inject: leanTextInject(root),
  // require() of a file beside it, not the ES module loader, which costs 10 ms.
  supported: { 'dynamic-import': false },
  plugins: [leanStringWidth(root)],
}
const ofModule = { ...ofClient, ...moduleChunk(root, { ...common, ...ofClient }) }

/** Turns `import('./x.js')` of cli/ into a file of its own, collected in `found`. */
function chunks(found) {
  return {
    name: 'chunks',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.?\// }, ({ kind, path, resolveDir }) => {
        if (kind !== 'dynamic-import') return undefined
        const bare = resolve(resolveDir, path).replace(/\.js$/, '')
        if (!bare.startsWith(join(root, 'cli'))) return undefined
        const source = existsSync(`${bare}.tsx`) ? `${bare}.tsx` : `${bare}.ts`
        const name = basename(bare)
        const known = found.get(name)
        if (known !== undefined && known !== source) {
          return { errors: [{ text: `two lazy files are named ${name}: ${known}, ${source}` }] }
        }
        found.set(name, source)
        return { path: `./${name}.cjs`, external: true }
      })
    },
  }
}

async function bundle(name, entry, options) {
  const outfile = join(dist, `${name}.cjs`)
  // What is wrong esbuild has printed itself; its stack helps nobody.
  const failed = () => process.exit(1)
  const { metafile } = await build({ ...common, ...options, entryPoints: [entry], outfile }).catch(
    failed,
  )
  if (options.format === 'esm') asScript(outfile)
  writeFileSync(join(dist, 'meta', `${name}.json`), JSON.stringify(metafile))
}

rmSync(join(dist, 'meta'), { recursive: true, force: true })
mkdirSync(join(dist, 'meta'), { recursive: true })
const found = new Map([['c2a', join(root, 'cli', 'main.ts')]])
const done = new Set()
// Constants are folded, which leaves out the crash points of the tests.
const daemon = bundle('daemon', join(root, 'daemon', 'main.ts'), { minifySyntax: true })
while (done.size < found.size) {
  const next = [...found].filter(([name]) => !done.has(name))
  for (const [name] of next) done.add(name)
  await Promise.all(
    next.map(([name, entry]) => {
      const options = ofModules.has(name) ? ofModule : ofClient
      return bundle(name, entry, { ...options, plugins: [chunks(found), ...options.plugins] })
    }),
  )
}
await daemon

for (const file of readdirSync(dist)) {
  // Compiled code of earlier builds: bin/compile-cache.js.
  if (file.endsWith('.cache')) rmSync(join(dist, file), { recursive: true })
  const name = file.replace(/\.cjs(\.map)?$/, '')
  if (file.includes('.cjs') && !file.endsWith('.cache') && name !== 'daemon' && !done.has(name))
    rmSync(join(dist, file))
}
writeFileSync(join(dist, 'build.json'), `${JSON.stringify({ version, build: buildId })}\n`)
// The moment the sources were read: an edit while we were building is newer.
utimesSync(join(dist, 'build.json'), started, started)
