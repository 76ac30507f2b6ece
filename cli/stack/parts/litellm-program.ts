import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Missing, Tools } from '../part.js'
import { onPath } from '../programs.js'
import { makeEnvironment } from './environment.js'

interface Program {
  readonly command: string
  readonly args: readonly string[]
  readonly version: string
}

/** They steal credentials, or were withdrawn: litellm/requirements.lock. */
const never = ['1.82.7', '1.82.8', '1.107.0']

/** The `litellm` on PATH, else by uvx, else from a virtual environment that is made. */
export async function findLitellm(tools: Tools): Promise<Program | Missing> {
  const lock = join(tools.place.packageRoot, 'litellm', 'requirements.lock')
  const pinned = /^litellm==(\S+)$/m.exec(readFileSync(lock, 'utf8'))?.[1] ?? ''
  const installed = onPath('litellm', tools.env)
  if (installed !== undefined) {
    const version = await versionOf(tools, installed)
    if (version !== undefined && !never.includes(version)) {
      return { command: installed, args: [], version }
    }
    const why = version === undefined ? 'does not say its version' : `is ${version}, never run that`
    tools.say(`${installed} ${why}; another one is taken`)
  }
  const uvx = onPath('uvx', tools.env)
  if (uvx !== undefined) {
    const from = ['--from', `litellm==${pinned}`, '--with-requirements', lock]
    const args = ['--python', '>=3.11,<3.15', ...from, 'litellm']
    return { command: uvx, args, version: pinned }
  }
  const made = await makeEnvironment(tools, 'litellm')
  return typeof made === 'string' ? { command: made, args: [], version: pinned } : made
}

/** By its interpreter, at once, where the script names it; loading all of LiteLLM takes seconds. */
async function versionOf({ ask }: Tools, path: string): Promise<string | undefined> {
  const python = /^#!(\S*python[\d.]*)\n/.exec(readFileSync(path, 'latin1').slice(0, 300))?.[1]
  const code = 'import importlib.metadata as m; print(m.version("litellm"))'
  const said = python === undefined ? undefined : await ask(python, ['-c', code])
  const { stdout } = said?.code === 0 ? said : await ask(path, ['--version'])
  return /\d+\.\d+\.\d+\S*/.exec(stdout)?.[0]
}
