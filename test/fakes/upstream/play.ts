import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Gate } from './record.js'
import type { Script } from './script-table.js'
import { type Step, text } from './steps.js'

export interface Performance {
  script: Script
  steps: Iterable<Step>
  model: string
  includeUsage: boolean
  /** Hold the head back until there is something to send, as LiteLLM does. */
  withholdHead: boolean
  headers: Record<string, string>
  gate: Gate
}

/** Plays a script's steps as a stream. Resolves when the answer is out, or nobody listens any more. */
export async function play(res: ServerResponse, performance: Performance): Promise<void> {
  const { script, gate, model } = performance
  const gone = new AbortController()
  res.once('close', () => gone.abort())
  const closed = new Promise<null>((resolve) => {
    gone.signal.addEventListener('abort', () => resolve(null), { once: true })
  })
  const id = `chatcmpl-${Math.random().toString(36).slice(2, 12)}`

  const head = (): void => {
    if (res.headersSent) return
    res.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      ...performance.headers,
      ...script.headers,
    })
    res.flushHeaders()
  }

  const write = async (wire: string | Uint8Array, bytewise = script.bytewise): Promise<void> => {
    head()
    const isText = typeof wire === 'string'
    const text = isText && script.eol ? wire.replaceAll('\n', script.eol) : wire
    const bytes = Buffer.from(text)
    if (bytewise) {
      for (let i = 0; i < bytes.length && !gone.signal.aborted; i++) {
        await new Promise((resolve) => res.write(bytes.subarray(i, i + 1), resolve))
      }
      return
    }
    if (bytes.length === 0 || res.write(bytes)) return
    await Promise.race([closed, new Promise((resolve) => res.once('drain', resolve))])
  }

  const send = (value: unknown): Promise<void> => {
    const body = { id, object: 'chat.completion.chunk', created: 1_700_000_000, model }
    const isError = typeof value === 'object' && value !== null && 'error' in value
    return write(`data: ${JSON.stringify(isError ? value : { ...body, ...(value as object) })}\n\n`)
  }

  let first = true
  for (const step of performance.steps) {
    if (gone.signal.aborted) return
    if (first && !performance.withholdHead && !quiet.has(step.kind)) head()
    first = false
    switch (step.kind) {
      case 'reply':
        res.writeHead(step.status, { ...performance.headers, ...step.headers }).end(step.body)
        return
      case 'frame':
        await send(step.value)
        break
      case 'usage':
        if (performance.includeUsage) await send(step.value)
        break
      case 'raw':
        await write(step.text)
        break
      case 'sliced':
        await write(step.text, true)
        break
      case 'wire':
        head()
        res.socket?.write(step.text)
        break
      case 'pause':
        await sleep(step.ms, undefined, { signal: gone.signal }).catch(() => undefined)
        break
      case 'gate':
        for (;;) {
          const delta = await Promise.race([closed, gate.take()])
          if (delta === null) break
          const { value } = text(delta) as Extract<Step, { kind: 'frame' }>
          await send(value)
        }
        break
      case 'hang':
        await closed
        return
      case 'reset':
        res.socket?.resetAndDestroy()
        return
      case 'cut':
        res.socket?.end()
        return
      default:
        step satisfies never
    }
  }
  res.end()
}

/** Steps that must not be preceded by a 200. */
const quiet: ReadonlySet<Step['kind']> = new Set(['reply', 'hang', 'reset', 'cut'])

/** The same steps as one `chat.completion`, for clients that do not stream (health checks). */
export function playWhole(res: ServerResponse, performance: Performance): void {
  let content = ''
  for (const step of performance.steps) {
    if (step.kind === 'reply') {
      res.writeHead(step.status, step.headers).end(step.body)
      return
    }
    if (step.kind === 'hang') return
    if (step.kind !== 'frame') continue
    const frame = step.value as { choices?: { delta?: { content?: string } }[] }
    content += frame.choices?.[0]?.delta?.content ?? ''
  }
  const choice = { index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }
  const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 }
  res.writeHead(200, { 'content-type': 'application/json', ...performance.headers })
  res.end(
    JSON.stringify({
      id: 'chatcmpl-whole',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: performance.model,
      choices: [choice],
      usage,
    }),
  )
}
