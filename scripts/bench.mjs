// node scripts/bench.mjs NAME: bundles bench/NAME.ts and runs it. Benches print ratios taken in one run.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleScript } from './bundle-script.mjs'
import ready from './ready.cjs'

ready.makeReady()
const root = fileURLToPath(new URL('..', import.meta.url))
const entry = join(root, 'bench', `${process.argv[2]}.ts`)
if (!existsSync(entry)) {
  console.error('usage: node scripts/bench.mjs NAME   (a file in bench/)')
  process.exit(2)
}
const out = mkdtempSync(join(root, 'dist', 'bench-'))
try {
  const outfile = await bundleScript(entry, out)
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
