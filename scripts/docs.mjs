// Writes the generated pages of docs/; with --check only says whether they are current.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { bundleScript } from './bundle-script.mjs'
import ready from './ready.cjs'

ready.makeReady()
const root = fileURLToPath(new URL('..', import.meta.url))
const check = process.argv.includes('--check')
const out = mkdtempSync(join(root, 'dist', 'docs-'))
try {
  const outfile = await bundleScript(join(root, 'scripts', 'pages.ts'), out)
  const { pages } = await import(pathToFileURL(outfile).href)
  for (const [name, text] of Object.entries(pages())) {
    const path = join(root, 'docs', name)
    if (!check) writeFileSync(path, text)
    else if (readFileSync(path, 'utf8') !== text) {
      console.error(`docs/${name} is not current: run npm run docs`)
      process.exitCode = 1
    }
  }
} finally {
  rmSync(out, { recursive: true, force: true })
}
