import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseSlash } from './parse.js'
import { slashCommands } from './registry.js'

const typed = { pasted: false }

test.each([
  ['hello', 'hello'],
  ['hello /model x', 'hello /model x'],
  ['  /model x', '  /model x'],
  ['//etc/hosts is empty', '/etc/hosts is empty'],
  ['//help', '/help'],
  ['/model x\nsecond line', '/model x\nsecond line'],
  ['// a comment\ncode()', '// a comment\ncode()'],
])('%j is a message', (text, message) => {
  expect(parseSlash(text, typed)).toEqual({ kind: 'message', text: message })
})

test.each(['/help', '//help', '/usr/bin'])(
  '%j is a message as it is when it was pasted',
  (text) => {
    expect(parseSlash(text, { pasted: true })).toEqual({ kind: 'message', text })
  },
)

test.each<[string, string, string[]]>([
  ['/quit', 'quit', []],
  ['/QUIT  ', 'quit', []],
  ['/help\n', 'help', []],
  ['/help /model', 'help', ['/model']],
  ['/model', 'model', []],
  ['/model  openai/gpt-4o ', 'model', ['openai/gpt-4o']],
  ['/role Senior  Reviewer', 'role', ['Senior  Reviewer']],
  ['/role "Senior Reviewer"', 'role', ['Senior Reviewer']],
  [`/role ""A" and "B""`, 'role', ['"A" and "B"']],
  ['/role "odd', 'role', ['"odd']],
  ['/clear_role', 'clear_role', []],
  ['/theme LIGHT', 'theme', ['light']],
  ['/theme', 'theme', []],
  ['/model:plan-mode', 'model:plan-mode', []],
  ['/Model:Plan-Mode o3  gpt-4o', 'model:plan-mode', ['o3', 'gpt-4o']],
  [`/model:plan-mode "my model" 'it"s'`, 'model:plan-mode', ['my model', 'it"s']],
  ['/model:plan-mode "a"b" c', 'model:plan-mode', ['a"b', 'c']],
  ['/model:plan-mode-off', 'model:plan-mode-off', []],
])('%j is a command', (text, name, args) => {
  const meant = parseSlash(text, typed)
  expect(meant).toMatchObject({ kind: 'command', command: { name }, args })
})

test.each([
  ['/', '/help lists them'],
  ['/ is the root', '/help lists them'],
  ['/modle x', 'Did you mean /model?'],
  ['/modle x', 'One more slash in front sends the text'],
  ['/exit', 'Did you mean /quit?'],
  ['/frobnicate', '/help lists the commands'],
  ['/quit now', '/quit takes nothing after it. Usage: /quit'],
  ['/theme blue', 'Usage: /theme [dark|light]'],
  ['/theme dark light', 'too much for /theme'],
  ['/model:plan-mode o3', 'lacks its answerer. Usage: /model:plan-mode <planner> <answerer>'],
  ['/model:plan-mode a b c', 'too much'],
  ['/model:plan-mode "a b', 'quote is not closed'],
  ['/model ""', 'nothing in the quotes'],
])('%j is refused: %s', (text, why) => {
  expect(parseSlash(text, typed)).toEqual({
    kind: 'refused',
    problem: expect.stringContaining(why),
  })
})

test('a path is refused with the way to send it, and no command is guessed', () => {
  const meant = parseSlash('/new/model is broken', typed)
  expect(meant).toEqual({
    kind: 'refused',
    problem:
      'There is no command /new/model. /help lists the commands. ' +
      'One more slash in front sends the text to the model as it is.',
  })
})

test('a long word is repeated in part only', () => {
  const meant = parseSlash(`/${'x'.repeat(5000)}`, typed)
  expect(meant.kind === 'refused' && meant.problem.length).toBeLessThan(200)
})

test('a text that begins with two slashes, or with none, reaches the model whole', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const escaped = parseSlash(`//${text.replaceAll(/[\r\n]/g, ' ')}`, typed)
      expect(escaped).toEqual({ kind: 'message', text: `/${text.replaceAll(/[\r\n]/g, ' ')}` })
      expect(parseSlash(`x${text}`, typed)).toEqual({ kind: 'message', text: `x${text}` })
    }),
  )
})

test('every command is found by its own name, and no two share one', () => {
  for (const command of slashCommands) {
    const args = command.bare ? '' : command.args.map(() => ' x').join('')
    const needed = command.args.every(({ optional }) => optional) ? '' : args
    expect(parseSlash(`/${command.name}${needed}`, typed)).toMatchObject({ command })
  }
  expect(new Set(slashCommands.map(({ name }) => name)).size).toBe(slashCommands.length)
})
