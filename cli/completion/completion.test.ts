import { describe, expect, test } from 'vitest'
import { makeProgram } from '../program.js'
import { completionAt } from './candidates.js'
import { splitCommandLine } from './command-line.js'
import { replyFor, type Shell } from './reply.js'

const at = (line: string) => {
  const [, ...words] = splitCommandLine(line)
  return completionAt(
    makeProgram(),
    words.map(({ value }) => value),
  )
}
const words = (line: string) => {
  const found = at(line)
  return found.kind === 'words' ? found.words.map(({ word }) => word) : found
}

describe('what may come', () => {
  test.each([
    ['c2a ', 'sessions'],
    ['c2a ro', 'roles'],
    ['c2a roles ', 'apply'],
    ['c2a -m gpt ask --', '--max-cost'],
    ['c2a ask -', '--help'],
    ['c2a search --author ', 'assistant'],
    ['c2a completion ', 'fish'],
    ['c2a token create ann --scope=', '--scope=admin'],
  ])('%s: %s', (line, word) => {
    expect(words(line)).toContain(word)
  })

  test.each([
    ['c2a ask -m ', 'models', ''],
    ['c2a -m ', 'models', ''],
    ['c2a ask --model=g', 'models', '--model='],
    ['c2a ask --plan a,', 'models', 'a,'],
    ['c2a ask --plan=a,b', 'models', '--plan=a,'],
    ['c2a ask -C -r ', 'roles', ''],
    ['c2a roles show ', 'roles', ''],
    ['c2a roles export dir a ', 'roles', ''],
    ['c2a sessions delete a b ', 'sessions', ''],
    ['c2a search x -s ', 'sessions', ''],
    ['c2a ask -o ', 'params', ''],
    ['c2a config set ', 'settings', ''],
    ['c2a stack logs ', 'services', ''],
    ['c2a token revoke ', 'tokens', ''],
  ])('%s: names of %s', (line, of, prefix) => {
    expect(at(line)).toEqual({ kind: 'names', of, prefix })
  })

  test.each(['c2a roles create x -f ', 'c2a import ', 'c2a roles apply a ', 'c2a roles export '])(
    '%s: files',
    (line) => {
      expect(at(line)).toEqual({ kind: 'files' })
    },
  )

  test.each([
    'c2a ask what ',
    'c2a ask -- -',
    'c2a sessions show a ',
    'c2a frobnicate ',
    'c2a search --since ',
    'c2a roles list ',
  ])('%s: nothing', (line) => {
    expect(words(line)).toEqual([])
  })

  test('no option that is hidden', () => {
    expect(words('c2a completion --')).toEqual(['--help'])
  })
})

describe('a reply', () => {
  const reply = (shell: Shell, line: string, ...names: string[]) => {
    const typed = splitCommandLine(line).at(-1) ?? { raw: '', value: '', open: '' as const }
    return replyFor(
      shell,
      typed,
      names.map((word) => ({ word, about: 'a\x1b[2J\tb' })),
    )
  }

  test('begins as what is typed, in any case', () => {
    expect(reply('zsh', 'c2a CO', 'code reviewer', 'poet')).toEqual(['code reviewer\ta␛[2J b'])
  })

  test('for bash is quoted as the line goes on, whatever a name is', () => {
    expect(reply('bash', 'c2a ', 'a b', '$(rm x)', '`x`', "it's", 'ü/x:1')).toEqual([
      ...['a\\ b', '\\$\\(rm\\ x\\)', '\\`x\\`', "it\\'s", 'ü/x:1'],
    ])
    expect(reply('bash', 'c2a "a ', 'a b', 'a $(rm x) `x` "\\')).toEqual([
      ...['a b', 'a \\$(rm x) \\`x\\` \\"\\\\'],
    ])
    expect(reply('bash', "c2a 'a ", 'a b', "a 'b'; $x")).toEqual(['a b', "a '\\''b'\\''; $x"])
  })

  test('for bash leaves out what stands before a colon or an equals sign', () => {
    expect(reply('bash', 'c2a -m llama3:', 'llama3:8b')).toEqual(['8b'])
    expect(reply('bash', 'c2a --role=co', '--role=code x')).toEqual(['code\\ x'])
    expect(reply('bash', 'c2a "llama3:', 'llama3:8b')).toEqual(['llama3:8b'])
  })

  test('has no name with a line break or what a terminal may not be given', () => {
    expect(reply('fish', 'c2a ', 'a\nb', 'a\tb', 'a\u202eb', 'fine')).toEqual(['fine\ta␛[2J b'])
  })
})
