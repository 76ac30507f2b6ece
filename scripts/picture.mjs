// Writes the pictures of docs/pictures/, drawn from what the real chat shows on a terminal; with
// --check only says whether they are current.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { bundleScript } from './bundle-script.mjs'
import ready from './ready.cjs'

ready.makeReady()
const root = fileURLToPath(new URL('..', import.meta.url))
const pictures = join(root, 'docs', 'pictures')
const check = process.argv.includes('--check')
const out = mkdtempSync(join(root, 'dist', 'picture-'))

function differs(path, text) {
  try {
    return readFileSync(path, 'utf8') !== text
  } catch {
    // Not there is not current.
    return true
  }
}

// Not in a finally: an interrupted run exits in the middle.
process.once('exit', () => rmSync(out, { recursive: true, force: true }))

const outfile = await bundleScript(join(root, 'scripts', 'picture-scene.ts'), out)
const { takePictures } = await import(pathToFileURL(outfile).href)
mkdirSync(pictures, { recursive: true })
for (const [name, text] of Object.entries(await takePictures(root))) {
  const path = join(pictures, name)
  if (!check) writeFileSync(path, text)
  else if (differs(path, text)) {
    console.error(`docs/pictures/${name} is not current: run npm run picture`)
    process.exitCode = 1
  }
}
