import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Environment } from '../../shared/settings.js'
import { say } from '../output/report.js'
import { hasInput, readStdin } from './prompt.js'

export interface TextOptions {
  instructions?: string
  file?: string
}

/**
 * The instructions that -i, -f or a pipe bring; undefined when there is nothing of it. Throws
 * ProblemError `invalid_request`.
 */
export async function readInstructions(
  options: TextOptions,
  { stdin }: { stdin: boolean },
): Promise<string | undefined> {
  if (options.instructions !== undefined && options.file !== undefined) {
    throw new ProblemError('invalid_request', '-i and -f both bring instructions; give one')
  }
  if (options.instructions !== undefined) return options.instructions
  if (options.file === '-') return withoutLastBreak(await readStdin())
  if (options.file !== undefined) return withoutLastBreak(readText(options.file))
  return stdin && hasInput() ? withoutLastBreak(await readStdin()) : undefined
}

/** What the user makes of `text` in $VISUAL or $EDITOR. `use` gets it; if that fails, the file is kept. */
export async function editText<Result>(
  text: string,
  env: Environment,
  use: (edited: string) => Promise<Result>,
): Promise<Result> {
  const editor = env['VISUAL'] || env['EDITOR'] || 'vi'
  const directory = mkdtempSync(join(tmpdir(), 'c2a-role-'))
  const path = join(directory, 'instructions.md')
  writeFileSync(path, `${text}\n`, { mode: 0o600 })
  // By a shell, as git does: EDITOR may have arguments ("code --wait").
  const { status, error } = spawnSync('sh', ['-c', `${editor} "$1"`, 'sh', path], {
    stdio: 'inherit',
  })
  if (error !== undefined || status !== 0) {
    rmSync(directory, { recursive: true })
    const why = error?.message ?? `exit code ${status}`
    throw new ProblemError('invalid_request', `the editor "${editor}" failed (${why})`, {
      hint: 'Set VISUAL or EDITOR, or use -i or -f. Nothing was changed.',
    })
  }
  try {
    const result = await use(withoutLastBreak(readText(path)))
    rmSync(directory, { recursive: true })
    return result
  } catch (thrown) {
    say(`what you wrote is in ${path}`)
    throw thrown
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new ProblemError('invalid_request', `cannot read ${path} (${code})`, { cause: error })
  }
}

/** Files and `echo` end in a line break that is none of the text's. */
function withoutLastBreak(text: string): string {
  return text.replace(/\r?\n$/, '')
}
