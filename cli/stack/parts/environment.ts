import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Missing, Tools } from '../part.js'

/**
 * Runs scripts/NAME.sh, which makes a virtual environment in the state directory unless it is there. Gives
 * the path that it prints.
 */
export async function makeEnvironment(
  tools: Tools,
  script: 'litellm' | 'local-model',
): Promise<string | Missing> {
  const { place } = tools
  const path = join(place.packageRoot, 'scripts', `${script}.sh`)
  const made = await install(tools, 'bash', [path, join(place.state, script)])
  return typeof made === 'string' ? made : { ...made, fix: 'Or install uv (docs.astral.sh/uv).' }
}

/**
 * Runs a program that installs something, its progress on stderr. Gives the last line of its stdout, or
 * as the reason the last of its stderr.
 */
export function install(
  { env }: Tools,
  program: string,
  args: readonly string[],
): Promise<string | { why: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, words] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      words += chunk.toString()
      process.stderr.write(chunk)
    })
    child.once('error', () => resolve({ why: `${program} is not installed` }))
    child.once('close', (code) => {
      const result = out.trim().split('\n').at(-1) ?? ''
      if (code === 0 && result !== '') return resolve(result)
      const why = words.trim().split('\n').at(-1) ?? ''
      resolve({ why: why.replace(/^\S+\.sh: /, '') })
    })
  })
}
