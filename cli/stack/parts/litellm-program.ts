import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Missing, Tools } from '../part.js'
import { onPath } from '../programs.js'
import { install, makeEnvironment } from './environment.js'

interface Program {
  readonly command: string
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
      return { command: installed, version }
    }
    const why = version === undefined ? 'does not say its version' : `is ${version}, never run that`
    tools.say(`${installed} ${why}; another one is taken`)
  }
  const uvx = onPath('uvx', tools.env)
  const byUvx = uvx && (await installByUvx(tools, uvx, pinned, lock))
  if (byUvx) return { command: byUvx, version: pinned }
  const made = await makeEnvironment(tools, 'litellm')
  return typeof made === 'string' ? { command: made, version: pinned } : made
}

/**
 * Where uvx keeps it: run from there it is one process, which signals reach. Undefined where uvx could not
 * install it, which it has said by then.
 */
async function installByUvx(
  tools: Tools,
  uvx: string,
  version: string,
  lock: string,
): Promise<string | undefined> {
  tools.say(`uvx installs LiteLLM ${version}, unless it has it`)
  const code = 'import os, sys; print(os.path.join(os.path.dirname(sys.executable), "litellm"))'
  const from = ['--from', `litellm==${version}`, '--with-requirements', lock]
  const python = ['--python', '>=3.10,<3.15', ...from, 'python', '-c', code]
  const path = await install(tools, uvx, python)
  return typeof path === 'string' ? path : undefined
}

/** By its interpreter, at once, where the script names it; loading all of LiteLLM takes seconds. */
async function versionOf({ ask }: Tools, path: string): Promise<string | undefined> {
  const python = /^#!(\S*python[\d.]*)\n/.exec(readFileSync(path, 'latin1').slice(0, 300))?.[1]
  const code = 'import importlib.metadata as m; print(m.version("litellm"))'
  const said = python === undefined ? undefined : await ask(python, ['-c', code])
  const { stdout } = said?.code === 0 ? said : await ask(path, ['--version'])
  return /\d+\.\d+\.\d+\S*/.exec(stdout)?.[0]
}
