import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProblemError } from '../../../shared/contract/problem.js'
import type { Environment } from '../../../shared/settings.js'

/**
 * Lets the user write in $VISUAL or $EDITOR; the terminal must be theirs meanwhile. Throws
 * ProblemError when there is no editor or it failed: the text is as it was then.
 */
export async function editOutside(text: string, env: Environment): Promise<string> {
  const editor = env['VISUAL'] || env['EDITOR'] || 'vi'
  const directory = mkdtempSync(join(tmpdir(), 'c2a-'))
  const path = join(directory, 'message.md')
  try {
    writeFileSync(path, text, { mode: 0o600 })
    const code = await run(editor, path)
    if (code !== 0) {
      const hint = 'What you had typed is unchanged. VISUAL or EDITOR names another editor.'
      throw new ProblemError('invalid_request', `${editor} ended with ${code}`, { hint })
    }
    // An editor ends the last line, which nobody typed.
    return readBack(path, editor).replace(/\n$/, '')
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function readBack(path: string, editor: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const hint = 'What you had typed is unchanged.'
    throw new ProblemError('invalid_request', `${editor} left no text`, { cause: error, hint })
  }
}

/** By the shell, since such a variable may hold options: `code --wait`. */
async function run(editor: string, path: string): Promise<number | null> {
  // Loaded when somebody wants it: it would keep the first frame waiting.
  const { spawn } = await import('node:child_process')
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit' })
    child.on('error', (error) => {
      const hint = 'Set VISUAL or EDITOR.'
      reject(new ProblemError('invalid_request', `cannot run ${editor}`, { cause: error, hint }))
    })
    child.on('close', resolve)
  })
}
