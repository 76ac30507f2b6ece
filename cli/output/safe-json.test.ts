import { expect, test } from 'vitest'
import { safeJson } from './safe-json.js'

test('what could attack a terminal is escaped, and parses back to the same', () => {
  const value = { text: 'a\x1b]0;x\x07\x9b31m\u202e\x7f b\ud800 \u{e0041} grüße 👩‍🚀 你好' }
  const json = safeJson(value)
  expect(json).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/)
  expect(json).toContain('\\u009b31m\\u202e\\u007f')
  expect(json).toContain('\\udb40\\udc41')
  expect(json).toContain('grüße 👩‍🚀 你好')
  expect(JSON.parse(json)).toEqual(value)
})

test('indents like JSON.stringify', () => {
  expect(safeJson({ a: [1] }, 2)).toBe('{\n  "a": [\n    1\n  ]\n}')
})
