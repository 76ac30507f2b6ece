import { expect, test } from 'vitest'
import { themeFor } from '../text/theme.js'
import { formatLogLine } from './logs.js'

const plain = themeFor('none')

test('a line of the log for people', () => {
  const line = JSON.stringify({
    level: 'warn',
    time: 'not a time',
    turn: 'abc',
    text: 'two words',
    ms: 5,
    msg: 'slow',
  })
  expect(formatLogLine(line, plain)).toBe('not a time warn  slow turn=abc text="two words" ms=5')
})

test('a line that is not JSON stays, made harmless', () => {
  expect(formatLogLine('c2a daemon: \x1b[31mboom', plain)).toBe('c2a daemon: ␛[31mboom')
})

test('what a log line holds cannot reach the terminal', () => {
  const line = JSON.stringify({ level: 'info', msg: 'a\x1b]0;owned\x07', model: 'b\u202e c' })
  const shown = formatLogLine(line, plain)
  expect(shown).toContain('a␛]0;owned␇')
  expect(shown).not.toMatch(/[\x1b\x07\u202e]/)
})
