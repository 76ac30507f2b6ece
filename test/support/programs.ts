import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A directory for PATH that has these programs and no other. */
export interface Programs {
  readonly path: string
  /** Makes one in JavaScript, which gets `args`. */
  add(name: string, code: string): void
  /** The machine's own. */
  link(...names: string[]): void
}

export function makePrograms(): Programs {
  const path = join(mkdtempSync(join(tmpdir(), 'c2a-programs-')), 'bin')
  mkdirSync(path)
  onTestFinished(() => rmSync(join(path, '..'), { recursive: true, force: true }))
  return {
    path,
    add(name, code) {
      const file = join(path, name)
      writeFileSync(file, `#!${process.execPath}\nconst args = process.argv.slice(2)\n${code}\n`)
      chmodSync(file, 0o755)
    },
    link(...names) {
      for (const name of names) {
        const found = execFileSync('sh', ['-c', 'command -v "$1"', 'sh', name], {
          encoding: 'utf8',
        })
        symlinkSync(found.trim(), join(path, name))
      }
    },
  }
}
