import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type C2a, createC2a, type Finished } from './c2a.js'
import { makePrograms, type Programs } from './programs.js'

export interface Stack {
  readonly c2a: C2a
  readonly programs: Programs
  run(...args: string[]): Promise<Finished>
  file(name: string): string
  write(name: string, text: string): void
}

/** `c2a stack` in a directory of its own, on a machine with nothing installed. */
export async function createStack(): Promise<Stack> {
  const programs = makePrograms()
  const c2a = await createC2a({ env: { PATH: programs.path } })
  const directory = join(c2a.home, 'stack')
  const env = { C2A_STACK_DIR: directory }
  const run: Stack['run'] = (...args) => c2a.run(['stack', ...args], { env, timeoutMs: 50_000 })
  onTestFinished(async () => {
    await run('down', '--force')
  })
  return {
    ...{ c2a, programs, run },
    file: (name) => readFileSync(join(directory, name), 'utf8'),
    write: (name, text) => writeFileSync(join(directory, name), text),
  }
}

/** What a variable is set to in the text of an env file. */
export const setTo = (text: string, name: string) =>
  new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1]
