import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../secret.js'

export interface SignedRequest {
  timestamp: string | undefined
  signature: string | undefined
  /** As it came: decoded and encoded again it would be other bytes. */
  body: Uint8Array
}

/** How far a timestamp may lie from our clock, either way, seconds. */
const tolerance = 300

/** Whether a timestamp is of now, before anything else is looked at. */
export function isCurrent(timestamp: string | undefined, nowMs: number): timestamp is string {
  if (timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return false
  return Math.abs(nowMs / 1_000 - Number(timestamp)) <= tolerance
}

/** Slack's v0 signature of a request; undefined when it is not that, or not of now. */
export function signatureOf(
  secret: Secret,
  { timestamp, signature, body }: SignedRequest,
  nowMs: number,
): Buffer | undefined {
  if (!isCurrent(timestamp, nowMs)) return undefined
  const given = /^v0=([0-9a-f]{64})$/.exec(signature ?? '')?.[1]
  if (given === undefined) return undefined
  const expected = createHmac('sha256', secret.reveal())
    .update(`v0:${timestamp}:`)
    .update(body)
    .digest()
  return timingSafeEqual(expected, Buffer.from(given, 'hex')) ? expected : undefined
}
