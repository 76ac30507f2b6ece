import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createVerifier } from './verify.js'

const body = '{"format":"c2a-export"}\n{"type":"message","content":"é"}\n'
const end = {
  type: 'end',
  roles: 0,
  sessions: 1,
  messages: 1,
  sha256: createHash('sha256').update(body).digest('hex'),
}
const file = Buffer.from(`${body}${JSON.stringify(end)}\n`)

function verify(bytes: Buffer, size: number) {
  const verifier = createVerifier()
  for (let at = 0; at < bytes.length; at += size) verifier.push(bytes.subarray(at, at + size))
  return verifier.end()
}

test('a file that is whole is, however it comes', () => {
  for (let size = 1; size <= file.length; size++) {
    expect(verify(file, size)).toMatchObject({ sessions: 1, messages: 1 })
  }
})

test('one that is cut anywhere is not', () => {
  for (let cut = 0; cut < file.length; cut++) {
    expect(() => verify(file.subarray(0, cut), 7)).toThrow('the export broke off')
  }
})

test('one that was changed is not', () => {
  const changed = Buffer.from(file.toString().replace('é', 'è'))
  expect(() => verify(changed, 100)).toThrow('does not match its own hash')
})
