import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Missing, Tools } from '../part.js'

/**
 * Runs scripts/NAME.sh, which makes a virtual environment in the state directory unless it is there; its
 * progress goes to stderr. Gives the path that it prints.
 */
export function makeEnvironment(
  { place, env }: Tools,
  script: 'litellm' | 'local-model',
): Promise<string | Missing> {
  const path = join(place.packageRoot, 'scripts', `${script}.sh`)
  return new Promise((resolve) => {
    const child = spawn('bash', [path, join(place.state, script)], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [out, words] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      words += chunk.toString()
      process.stderr.write(chunk)
    })
    child.once('error', () => resolve({ why: 'bash is not installed', fix: 'Install it.' }))
    child.once('close', (code) => {
      const executable = out.trim().split('\n').at(-1) ?? ''
      if (code === 0 && executable !== '') return resolve(executable)
      const why = words.trim().split('\n').at(-1) ?? ''
      resolve({ why: why.replace(/^\S+\.sh: /, ''), fix: 'Or install uv (docs.astral.sh/uv).' })
    })
  })
}
