import { expect, test } from 'vitest'
import { type Line, parseLine, slashCommands, slashNames } from './slash.js'

test.each<[string, Line]>([
  ['', { kind: 'nothing' }],
  ['  \t', { kind: 'nothing' }],
  ['hello /model x', { kind: 'message', text: 'hello /model x' }],
  ['  indented', { kind: 'message', text: '  indented' }],
  ['//etc/hosts', { kind: 'message', text: '/etc/hosts' }],
  ['/quit', { kind: 'command', name: 'quit', argument: '' }],
  ['/QUIT ', { kind: 'command', name: 'quit', argument: '' }],
  ['/model  openai/gpt-4o ', { kind: 'command', name: 'model', argument: 'openai/gpt-4o' }],
  ['/role Senior Reviewer', { kind: 'command', name: 'role', argument: 'Senior Reviewer' }],
])('%j', (line, meant) => {
  expect(parseLine(line)).toEqual(meant)
})

test.each([
  ['/modle x', 'did you mean /model?'],
  ['/exit', '/help lists the commands'],
  ['/', '/help lists the commands'],
  ['/model', '/model NAME'],
  ['/quit now', 'takes nothing'],
  ['/etc/hosts', '//etc/hosts sends it as text'],
])('%j is refused, never sent', (line, why) => {
  expect(parseLine(line)).toEqual({ kind: 'refused', why: expect.stringContaining(why) })
})

test('every command has a summary, and is parsed by its own name', () => {
  for (const name of slashNames) {
    expect(slashCommands[name].summary).not.toBe('')
    const argument = slashCommands[name].argument === undefined ? '' : ' x'
    expect(parseLine(`/${name}${argument}`)).toMatchObject({ kind: 'command', name })
  }
})
