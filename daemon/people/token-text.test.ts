import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { hashSecret, isSameHash, makeTokenText, parseTokenText } from './token-text.js'

test('a token has 256 random bits, only letters and digits, and is read as it was made', () => {
  const made = Array.from({ length: 100 }, makeTokenText)
  for (const { id, secret, text } of made) {
    expect(text).toMatch(/^c2a_[0-9a-z]{12}_[0-9a-f]{64}$/)
    expect(parseTokenText(text)).toEqual({ id, secret })
  }
  expect(new Set(made.map(({ secret }) => secret)).size).toBe(100)
})

test.each([
  ['nothing', ''],
  ['another program’s', 'sk-1234567890'],
  ['no secret', 'c2a_abc_'],
  ['no id', 'c2a__abc'],
  ['more parts', 'c2a_a_b_c'],
  ['a line after it', 'c2a_abc_def\n'],
  ['a NUL', 'c2a_abc_de\0f'],
  ['full-width digits', 'c2a_abc_１２３'],
  ['an id in another case', 'c2a_ABC_def'],
  ['SQL', "c2a_a'--_b"],
  ['a secret of a megabyte', `c2a_abc_${'f'.repeat(1 << 20)}`],
  ['an id of a megabyte', `c2a_${'f'.repeat(1 << 20)}_abc`],
])('%s is no token', (_, text) => {
  expect(parseTokenText(text)).toBeUndefined()
})

test('hashes are compared whole, and by nothing that stops at the first difference', () => {
  const kept = hashSecret('secret')
  expect(kept.byteLength).toBe(32)
  expect(isSameHash(kept, hashSecret('secret'))).toBe(true)
  expect(isSameHash(kept, hashSecret('secret '))).toBe(false)
  // What somebody has cut short in the database matches nothing, and is no error.
  expect(isSameHash(kept.subarray(0, 1), kept)).toBe(false)
  expect(isSameHash(Buffer.alloc(0), kept)).toBe(false)
  const here = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
  expect(here('token-text.ts')).toContain('timingSafeEqual(kept, given)')
  expect(here('made-tokens.ts')).toContain('isSameHash(kept.hash, given)')
  expect(here('made-tokens.ts')).not.toMatch(/hash\s*===|\.equals\(|\.compare\(/)
})
