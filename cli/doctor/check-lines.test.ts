import { expect, test } from 'vitest'
import { themeFor } from '../text/theme.js'
import { type Check, combined, fail, warn } from './check.js'
import { checkLines, lastLine } from './check-lines.js'

const check: Check = {
  ...{ id: 'gateway', title: 'Gateway', status: 'fail' },
  detail: 'http://127.0.0.1:4000 is not reachable: nothing listens there',
  fix: 'Is LiteLLM running?\nOr set it: c2a config set gateway.url URL',
}
const plain = themeFor('none')

test('a pipe gets one line of what was found, without marks, and a line a fix', () => {
  expect(checkLines(check, { theme: plain, width: undefined, ascii: false })).toEqual([
    'fail  Gateway   http://127.0.0.1:4000 is not reachable: nothing listens there',
    '                fix: Is LiteLLM running?',
    '                fix: Or set it: c2a config set gateway.url URL',
  ])
})

test('a terminal gets a mark, and lines that fit', () => {
  const lines = checkLines(check, { theme: plain, width: 50, ascii: false })
  expect(lines[0]).toBe('✗ fail  Gateway   http://127.0.0.1:4000 is not')
  expect(lines[1]).toBe('                  reachable: nothing listens there')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(50)
  const ascii = checkLines(check, { theme: plain, width: 50, ascii: true })
  expect(ascii[0]).toMatch(/^x fail {2}/)
  const coloured = checkLines(check, { theme: themeFor('ansi16'), width: 80, ascii: false })
  expect(coloured[0]).toMatch(/^\x1b\[31m✗ fail {2}\x1b\[0m/)
})

test('a command stays in one piece, so that it can be copied', () => {
  const fix = `chmod 600 /a/${'long/'.repeat(20)}token`
  const lines = checkLines({ ...check, fix }, { theme: plain, width: 50, ascii: false })
  expect(lines.at(-1)?.trim()).toBe(`fix: ${fix}`)
})

test('text from outside is made harmless and stays in its line', () => {
  const hostile = { ...check, detail: 'a\x1b[2Jb\nok  Answer', fix: 'c\x9b31m\u202ed' }
  const lines = checkLines(hostile, { theme: plain, width: undefined, ascii: false })
  expect(lines).toEqual(['fail  Gateway   a␛[2Jb ok  Answer', '                fix: c�31m�d'])
})

test('the last line counts', () => {
  const wrong = combined([fail('a', 'b')])
  const doubt = combined([warn('a', 'b')])
  const named = (finding: typeof wrong): Check => ({ ...check, ...finding })
  expect(lastLine([], plain)).toBe('all is well')
  expect(lastLine([named(doubt)], plain)).toBe('nothing failed, 1 warning')
  expect(lastLine([named(doubt), named(doubt), named(wrong)], plain)).toBe('1 failed, 2 warnings')
})
