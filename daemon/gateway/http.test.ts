import { expect, onTestFinished, test } from 'vitest'
import { serve } from '../../test/support/serve.js'
import { createHttp } from './http.js'

const timeouts = {
  ...{ connectMs: 2_000, catalogueMs: 5_000, firstTokenMs: 10_000 },
  ...{ tokenIdleMs: 10_000, totalMs: 30_000 },
}

test('the guard is asked about the address that a name has led to, before a byte is sent there', async () => {
  const heard: string[] = []
  const { port } = await serve(({ url }, response) => {
    heard.push(url ?? '')
    response.end('{}')
  })
  const stranger = new Error('a stranger')
  const http = createHttp(timeouts, {}, ({ hostname }) =>
    hostname === '127.0.0.1' ? stranger : undefined,
  )
  onTestFinished(() => http.close())
  await expect(http.get(`http://localhost:${port}/`, {})).rejects.toBe(stranger)
  expect(heard).toEqual([])
})
