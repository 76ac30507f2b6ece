import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A workspace of Slack: it signs what it sends, and takes what is posted to its hooks. */
export const signingSecret = '8f742231b10e8888abcd99yyyzzz85a5'

interface Posted {
  path: string
  contentType: string | undefined
  body: { response_type: string; text: string }
}

export interface FakeHooks {
  readonly url: string
  readonly posted: readonly Posted[]
  /** The `nth` post, as soon as it is there. */
  waitFor(nth: number): Promise<Posted>
  close(): Promise<void>
}

/** What `hooks.slack.com` is for a test. `answer` may refuse, the first time or always. */
export async function startHooks(
  answer: (response: ServerResponse, nth: number) => void = (response) => response.end('ok'),
): Promise<FakeHooks> {
  const posted: Posted[] = []
  const waiting = new Set<() => void>()
  const server = createServer(async (request, response) => {
    posted.push({
      path: request.url ?? '',
      contentType: request.headers['content-type'],
      body: JSON.parse(await textOf(request)),
    })
    answer(response, posted.length)
    for (const wake of waiting) wake()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    posted,
    async waitFor(nth) {
      for (;;) {
        const found = posted[nth - 1]
        if (found !== undefined) return found
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake)
            resolve()
          }
          waiting.add(wake)
        })
      }
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

let count = 0

/** The form of a slash command as Slack writes it: no two are the same. */
export function formOf(command: string, text: string, more: Record<string, string> = {}): string {
  count += 1
  return new URLSearchParams({
    token: 'xyzz0WbapA4vBCDEFasx0q6G',
    team_id: 'T1DC2JH3J',
    user_id: 'U2CERLKJA',
    command,
    text,
    trigger_id: `398738663015.${count}`,
    ...more,
  }).toString()
}

/** The headers that Slack sends with a body. */
export function signed(body: string, options: { secret?: string; at?: number | string } = {}) {
  const { secret = signingSecret, at = Math.floor(Date.now() / 1_000) } = options
  const mac = createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex')
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': String(at),
    'x-slack-signature': `v0=${mac}`,
  }
}
