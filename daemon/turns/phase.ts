import type { Usage } from '../../shared/contract/message.js'
import { type Problem, ProblemError } from '../../shared/contract/problem.js'
import { crashPoint } from '../crash-point.js'
import { detailOf } from '../gateway/errors.js'
import type { ChatRequest, Gateway, GatewayEvent } from '../gateway/types.js'
import type { SettledMessage } from '../store/turn-settle.js'
import { createTextGate, storable } from '../text-gate.js'
import type { Recorder } from './recorder.js'

export interface PhaseOutcome {
  message: SettledMessage
  /** Empty unless it was to be kept. */
  text: string
  usage?: Usage | undefined
  problem?: Problem | undefined
}

interface Options {
  gateway: Gateway
  request: ChatRequest
  messageId: string
  /** The whole text is wanted afterwards; otherwise it is not held in memory. */
  keepText: boolean
  recorder: Recorder
  /** Gets all that the gateway brings, for its price. */
  meter(event: GatewayEvent): void
  /** How large text and reasoning may become together, bytes of UTF-8. */
  mostBytes?: number
  /** Aborted with reason 'stopped' or 'interrupted', or with an error when the turn is lost. */
  signal: AbortSignal
}

const mebibyte = 1024 * 1024
/** More than any model says, and less than what takes the database longer than a turn may take to end. */
const usualMostBytes = 256 * mebibyte

/**
 * One completion: what the gateway brings goes into the recorder, and how it ended comes back.
 * Rejects only when the turn cannot be recorded (TurnLost, the database is gone).
 */
export async function runPhase(options: Options): Promise<PhaseOutcome> {
  const { recorder, messageId, request, signal, mostBytes = usualMostBytes } = options
  const gates = { delta: createTextGate(), reasoning: createTextGate() }
  const parts: string[] = []
  const record = (event: 'delta' | 'reasoning', text: string): void => {
    if (event === 'delta' && options.keepText) parts.push(text)
    recorder.text(event, messageId, text)
  }
  let model = request.model
  let usage: Usage | undefined
  let last: GatewayEvent | undefined
  let bytes = 0

  if (crashPoint) await crashPoint('before-upstream-connect')
  for await (const event of options.gateway.chat(request, signal)) {
    options.meter(event)
    if (crashPoint && event.type === 'open') await crashPoint('after-upstream-headers')
    if (crashPoint && event.type === 'text') await crashPoint('after-first-delta-parsed')
    if (event.type === 'text' || event.type === 'reasoning') bytes += Buffer.byteLength(event.text)
    // Leaving the loop cuts the upstream.
    if (bytes > mostBytes) break
    if (event.type === 'text') record('delta', gates.delta.push(event.text))
    else if (event.type === 'reasoning') record('reasoning', gates.reasoning.push(event.text))
    else if (event.type === 'model') model = storable(event.name)
    else if (event.type === 'usage') usage = event.usage
    last = event
    await recorder.ready()
  }
  record('reasoning', gates.reasoning.end())
  record('delta', gates.delta.end())
  if (usage !== undefined) recorder.json('usage', usage)

  const end = bytes > mostBytes ? tooLarge(mostBytes) : judge(last, signal)
  return {
    text: parts.join(''),
    usage,
    problem: end.problem,
    message: {
      id: messageId,
      model,
      usage,
      status: end.status,
      finish_reason: end.finish,
      error_code: end.problem?.code,
    },
  }
}

interface End {
  status: SettledMessage['status']
  finish?: string
  problem?: Problem
}

function tooLarge(mostBytes: number): End {
  const detail = `the answer was cut off: it is larger than ${mostBytes / mebibyte} MiB`
  const problem = new ProblemError('protocol', detail, { hint: 'Ask for less at once.' })
  return { status: 'failed', problem: problem.toProblem() }
}

function judge(last: GatewayEvent | undefined, signal: AbortSignal): End {
  if (last?.type === 'done') return { status: 'complete', finish: last.finish }
  // Our own cut wins over the `cancelled` that it brought about.
  if (signal.aborted) return { status: signal.reason === 'stopped' ? 'stopped' : 'interrupted' }
  if (last?.type === 'error') {
    const { code, hint } = last.error
    const options = hint === undefined ? {} : { hint }
    const problem = new ProblemError(code, detailOf(last.error), options)
    return { status: 'failed', problem: problem.toProblem() }
  }
  return { status: 'failed', problem: new ProblemError('stream_truncated').toProblem() }
}
