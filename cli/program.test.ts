import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { makeCommands, makeProgram } from './program.js'

test('every file in commands/ is a command of the program', () => {
  const files = readdirSync(new URL('commands', import.meta.url))
    .filter((name) => !name.endsWith('.test.ts'))
    .map((name) => name.replace(/\.ts$/, ''))
  const names = makeCommands().map((command) => command.name())
  expect([...names, 'chat'].sort()).toEqual(files.sort())
})

test('every command and subcommand is described, and so is each of its options', () => {
  const program = makeProgram()
  const all = [program, ...program.commands.flatMap((child) => [child, ...child.commands])]
  for (const command of all) {
    expect(command.description(), command.name()).toMatch(/\.$/)
    for (const option of command.options) expect(option.description, option.flags).not.toBe('')
  }
})
