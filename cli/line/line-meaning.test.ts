import { expect, test } from 'vitest'
import { meaningOf } from './line-meaning.js'
import { pastedLine } from './line-paste.js'

test.each([
  ['/models', '/models'],
  ['//etc/hosts\n', '//etc/hosts'],
  ['// a\n// b', '// a\n// b'],
  ['/\n', '/'],
  [' /model x', ' /model x'],
  ['plain', 'plain'],
])('the paste %j is a message as it is', (pasted, text) => {
  expect(meaningOf(pastedLine(pasted, true))).toEqual({ kind: 'message', text })
})

test('a paste after what was typed belongs to it', () => {
  expect(meaningOf(`/model ${pastedLine('gpt-4o', false)}`)).toMatchObject({
    kind: 'command',
    args: ['gpt-4o'],
  })
  expect(meaningOf(`cat ${pastedLine('/etc/hosts', false)}`)).toEqual({
    kind: 'message',
    text: 'cat /etc/hosts',
  })
})

test('what is typed: nothing, a command, a message that begins with a slash, a slip', () => {
  expect(meaningOf(' \t')).toBeUndefined()
  expect(meaningOf('/QUIT ')).toMatchObject({ kind: 'command', command: { name: 'quit' } })
  expect(meaningOf('//x')).toEqual({ kind: 'message', text: '/x' })
  expect(meaningOf('/modle x')).toMatchObject({ kind: 'refused' })
})
