import { get } from 'node:http'

const answerMs = 5_000

/** True when the address answers 200. */
export function isWellAt(url: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const request = get(url, { timeout: answerMs, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.once('timeout', () => request.destroy(new Error('no answer')))
    request.once('error', reject)
  })
}
