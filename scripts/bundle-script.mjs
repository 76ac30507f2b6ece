import { join } from 'node:path'
import { build } from 'esbuild'

/**
 * Bundles a script of ours in TypeScript into `folder`, which is inside the checkout, so that the packages,
 * which are not bundled, are found. Resolves to the file.
 */
export async function bundleScript(entry, folder) {
  const outfile = join(folder, 'script.mjs')
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
  return outfile
}
