import type { RequestListener } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { serve } from '../../test/support/serve.js'
import { type Client, createClient } from './client.js'
import { unreachable } from './unreachable.js'

test('a silent daemon is given up, but one that deletes a large session is waited for', async () => {
  let finish = (): void => undefined
  const client = await clientOf((request, response) => {
    if (request.method === 'DELETE') finish = () => void response.writeHead(204).end()
  })
  const deleted = client.deleteSession('s')
  await expect(client.getSession('s')).rejects.toMatchObject({ code: 'daemon_unreachable' })
  finish()
  await deleted
})

/** A client, soon impatient, of a daemon that answers like this. */
async function clientOf(daemon: RequestListener): Promise<Client> {
  const { url } = await serve(daemon)
  const client = createClient({ target: { url }, silenceMs: 50 })
  onTestFinished(() => client.close())
  return client
}

test('a redirect is not followed, and says where to', async () => {
  let asked = 0
  const client = await clientOf((_request, response) => {
    asked += 1
    response.writeHead(308, { location: 'https://chat.example.com/api/health' }).end()
  })
  await expect(client.health()).rejects.toMatchObject({
    code: 'daemon_unreachable',
    message: expect.stringMatching(/redirects to https:\/\/chat\.example\.com$/),
    hint: 'Set C2A_URL to https://chat.example.com, if that is the daemon.',
  })
  expect(asked).toBe(1)
})

test('a line that is held back is not called a daemon that does not run', async () => {
  const client = await clientOf(() => undefined)
  await expect(client.health()).rejects.toMatchObject({
    hint: expect.stringContaining('proxy_buffering off'),
  })
})

test.each([
  ['SELF_SIGNED_CERT_IN_CHAIN', 'does not trust', 'NODE_EXTRA_CA_CERTS'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'leaves out the ones between', 'NODE_EXTRA_CA_CERTS'],
  ['CERT_HAS_EXPIRED', 'has expired', 'clock'],
  ['EPROTO', 'no TLS there', 'http://'],
  ['ECONNREFUSED', 'no daemon answers at https://h', 'C2A_URL'],
  ['constructor', 'no daemon answers at https://h', 'C2A_URL'],
])('%s is told with what to do', (code, words, way) => {
  const problem = unreachable('https://h', true, Object.assign(new Error('x'), { code }))
  expect(problem.message).toContain(words)
  expect(problem.hint).toContain(way)
  expect(problem.hint).not.toMatch(/REJECT_UNAUTHORIZED/)
})
