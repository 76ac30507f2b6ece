import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { onTestFinished } from 'vitest'

const packageRoot = fileURLToPath(new URL('../..', import.meta.url))

/** A fresh directory under the system's temporary one, removed after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'c2a-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Bundles TypeScript as the daemon is bundled, for tests that need processes to kill. Gives the file. */
export function bundleScript(source: string): string {
  const outfile = join(temporaryDirectory(), 'script.cjs')
  buildSync({
    stdin: { contents: source, resolveDir: packageRoot, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    external: ['pg-native'],
    logLevel: 'warning',
  })
  return outfile
}

export interface Script {
  readonly child: ChildProcess
  /** The first line that it prints, as JSON; fails when it ends without one. */
  readonly said: Promise<unknown>
  /** kill -9, and the end of the process. */
  kill(): Promise<void>
}

/** Runs a bundled script; it is killed after the test. */
export function runScript(file: string, ...args: string[]): Script {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const said = new Promise<unknown>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)))
    // Not `exit`, which may come before the last of its output.
    child.once('close', (code) => reject(new Error(`the script ended early (${code})`)))
  })
  // Whoever kills a script on purpose does not ask what it said.
  said.catch(() => undefined)
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  onTestFinished(kill)
  return { child, said, kill }
}
