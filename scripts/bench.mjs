// node scripts/bench.mjs NAME: bundles bench/NAME.ts and runs it. Benches print ratios taken in one run.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import ready from './ready.cjs'

ready.makeReady()
const root = fileURLToPath(new URL('..', import.meta.url))
const entry = join(root, 'bench', `${process.argv[2]}.ts`)
if (!existsSync(entry)) {
  console.error('usage: node scripts/bench.mjs NAME   (a file in bench/)')
  process.exit(2)
}
// Inside the checkout, so that what is not bundled is found in node_modules.
const out = mkdtempSync(
  join(existsSync(join(root, 'dist')) ? join(root, 'dist') : tmpdir(), 'bench-'),
)
try {
  const outfile = join(out, 'bench.mjs')
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  })
  const { status } = spawnSync(
    process.execPath,
    ['--expose-gc', outfile, ...process.argv.slice(3)],
    {
      stdio: 'inherit',
      env: { ...process.env, C2A_ROOT: root },
    },
  )
  process.exitCode = status ?? 1
} finally {
  rmSync(out, { recursive: true, force: true })
}
