import { expect, test } from 'vitest'
import { copyToClipboard, osc52 } from './clipboard.js'

test('goes as base64 in one sequence, which nothing in the text can end', async () => {
  const written: string[] = []
  const write = (text: string) => written.push(text)
  expect(await copyToClipboard('Ünï\x07\x1b', { env: { TERM: 'xterm' }, write })).toEqual({
    unsure: true,
  })
  expect(written).toEqual(['\x1b]52;c;w5xuw68HGw==\x07'])
})

test('where tmux is, it goes to tmux and through it', () => {
  const plain = '\x1b]52;c;SGk=\x07'
  expect(osc52('Hi', { TMUX: '/tmp/x,1,0' })).toBe(`${plain}\x1bPtmux;\x1b${plain}\x1b\\`)
})

test.each([
  [{ TERM: 'dumb' }, 'Hi', 'no clipboard'],
  [{ TERM: 'xterm' }, 'é'.repeat(37_001), '75 KB, more than a terminal takes'],
])('writes nothing where it would not arrive: %j', async (env, text, message) => {
  const write = () => expect.unreachable()
  await expect(copyToClipboard(text, { env, write })).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining(message),
  })
})
