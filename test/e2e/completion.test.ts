import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createC2a, launcher } from '../support/c2a.js'
import { openTerminal } from '../support/terminal.js'

/** How each shell is started without anybody's settings, and how it learns to complete. */
const shells = {
  bash: { args: ['--norc', '--noprofile', '-i'], learn: 'eval "$(c2a completion bash)"' },
  zsh: {
    args: ['-f', '-i'],
    learn: 'autoload -U compinit; compinit -u -D; eval "$(c2a completion zsh)"',
  },
  fish: { args: ['-N', '-i'], learn: 'c2a completion fish | source' },
} as const

const isThere = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0

// Bash is everywhere; the others where they are installed.
for (const [shell, { args, learn }] of Object.entries(shells)) {
  test.skipIf(!isThere(shell))(`${shell} completes commands, names and files`, async () => {
    const c2a = await createC2a()
    await c2a.run(['roles', 'create', 'code $(reviewer)', '-i', 'Review.'])
    const programs = join(c2a.home, 'programs')
    mkdirSync(programs)
    symlinkSync(launcher, join(programs, 'c2a'))
    writeFileSync(join(c2a.home, 'instructions.md'), 'Be brief.')
    const env = {
      PATH: `${programs}:${process.env['PATH']}`,
      ...{ PS1: '> ', PROMPT: '> ', HOME: c2a.home, SHELL: undefined },
    }
    const terminal = openTerminal(c2a, args, { program: shell, env, columns: 100 })
    terminal.type(`${learn}; echo lear''ned\r`)
    await terminal.until((screen) => screen.includes('\nlearned'))

    const complete = async (typed: string, line: string): Promise<void> => {
      terminal.type(`${typed}\t`)
      await terminal.until((screen) => screen.includes(line))
      // Ctrl+U: nothing of it is run.
      terminal.type('\x15')
    }
    await complete('c2a sess', 'c2a sessions')
    await complete('c2a roles show co', 'c2a roles show code\\ \\$\\(reviewer\\)')
    await complete('c2a token create x --scope a', 'c2a token create x --scope admin')
    await complete('c2a roles create x -f instr', 'c2a roles create x -f instructions.md')
  })
}

test('a shell that is not known is refused, and no daemon is started to complete', async () => {
  const c2a = await createC2a()
  expect(await c2a.run(['completion', 'tcsh'])).toMatchObject({ stdout: '', code: 2 })
  const { stdout, code } = await c2a.run(['completion', 'bash', '--line', 'c2a roles show '])
  expect({ stdout, code }).toEqual({ stdout: '', code: 0 })
  expect(c2a.daemon()).toBeUndefined()
})
