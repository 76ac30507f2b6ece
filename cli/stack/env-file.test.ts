import { expect, test } from 'vitest'
import { fillEnvFiles } from './env-file.js'

const examples = new Map([
  ['daemon', 'URL=postgres://c2a:CHANGE_ME_C2A_DB@postgres:5432/c2a\nKEY=sk-CHANGE_ME_LITELLM\n'],
  [
    'litellm',
    '# Its key.\nMASTER=sk-CHANGE_ME_LITELLM\nSALT=sk-CHANGE_ME_LITELLM_SALT\n#OPENAI=\n',
  ],
])

function fill(standing: Record<string, string> = {}) {
  let count = 0
  const files = fillEnvFiles(examples, new Map(Object.entries(standing)), () => `secret${++count}`)
  return Object.fromEntries(files.map((file) => [file.name, file]))
}

test('one name has one secret in all files, and a longer name is another one', () => {
  const { daemon, litellm } = fill()
  expect(daemon?.text).toBe('URL=postgres://c2a:secret1@postgres:5432/c2a\nKEY=sk-secret2\n')
  expect(litellm?.text).toBe('# Its key.\nMASTER=sk-secret2\nSALT=sk-secret3\n#OPENAI=\n')
  expect([daemon?.added, litellm?.added]).toEqual([undefined, undefined])
})

test('what stands is kept to the byte', () => {
  const standing = { daemon: 'KEY="mine"\r\nURL=x', litellm: 'MASTER=a\nSALT=b\n# OPENAI=\n' }
  const { daemon, litellm } = fill(standing)
  expect(daemon).toMatchObject({ text: standing.daemon, added: [] })
  expect(litellm).toMatchObject({ text: standing.litellm, added: [] })
})

test('a file that is new gets the secrets of those that stand', () => {
  const { daemon } = fill({ litellm: 'MASTER=sk-of-old\nSALT=s\n#OPENAI=sk-x\n' })
  expect(daemon?.text).toContain('KEY=sk-of-old\n')
  const { litellm } = fill({ daemon: 'URL=postgres://c2a:pw@postgres:5432/c2a\nKEY=another' })
  expect(litellm?.text).toContain('MASTER=sk-secret1\n')
})

test('a variable that is new is added at the end, with its comment', () => {
  const { litellm } = fill({ litellm: 'SALT=sk-old' })
  expect(litellm).toMatchObject({
    text: 'SALT=sk-old\n# Its key.\nMASTER=sk-secret2\n#OPENAI=\n',
    added: ['MASTER', 'OPENAI'],
  })
})

test('a marker that somebody copied by hand is filled, too', () => {
  const { daemon } = fill({ daemon: 'KEY=sk-CHANGE_ME_LITELLM\nURL=x\n' })
  expect(daemon?.text).toBe('KEY=sk-secret1\nURL=x\n')
})
