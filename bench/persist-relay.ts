import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { createGateway } from '../daemon/gateway/gateway.js'
import { createLog } from '../daemon/log.js'
import { toFrames } from '../daemon/turns/frames.js'
import { type TurnOutcome, terminalEvents } from '../shared/contract/event.js'

/**
 * What a daemon would be that keeps nothing: the same gateway, the same frames, each sent as it
 * comes. It answers every chat post in the daemon's way.
 */
export async function runRelay(gatewayUrl: string, socketPath: string): Promise<void> {
  const minute = 60_000
  const gateway = createGateway({
    url: gatewayUrl,
    log: createLog({ level: 'error' }),
    timeouts: {
      ...{ connectMs: minute, catalogueMs: minute, firstTokenMs: minute },
      ...{ tokenIdleMs: minute, totalMs: 60 * minute },
    },
  })
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { message, model } = JSON.parse(Buffer.concat(chunks).toString())
    const turnId = randomUUID()
    let n = 0
    const send = (event: string, data: string): void => {
      n += 1
      response.write(toFrames(turnId, { n, event, data, message_id: null }))
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    const messages = [{ role: 'user' as const, content: message }]
    const call = { model, messages, callId: turnId }
    for await (const event of gateway.chat(call, new AbortController().signal)) {
      if (event.type === 'text') send('delta', event.text)
    }
    const outcome: TurnOutcome = {
      ...{ turn_id: turnId, session_id: turnId, status: 'complete', messages: [] },
    }
    send(terminalEvents.complete, JSON.stringify(outcome))
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  process.once('SIGTERM', () => process.exit(0))
  process.stdout.write('ready\n')
}
