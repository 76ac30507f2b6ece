import { describe, expect, it } from 'vitest'
import { gatewayError } from './errors.js'
import { type Failure, retryDelay } from './retry.js'

const failure = (
  code: Parameters<typeof gatewayError>[0],
  rest: Partial<Failure> = {},
  retryAfterMs?: number,
): Failure => ({
  error: gatewayError(code, 'x', { url: 'u' }, { retryAfterMs }),
  structured: true,
  ...rest,
})
const options = { kind: 'generic', baseMs: 500, random: () => 1 } as const

describe('retryDelay', () => {
  it('doubles, and ends after two retries', () => {
    const refused = failure('gateway_unreachable')
    expect([0, 1, 2].map((retries) => retryDelay(refused, retries, options))).toEqual([
      500,
      1000,
      undefined,
    ])
  })

  it('caps its own pause and obeys the server up to ten seconds', () => {
    expect(retryDelay(failure('gateway_unreachable'), 0, { ...options, baseMs: 60_000 })).toBe(
      8_000,
    )
    const told = (ms: number): number | undefined =>
      retryDelay(failure('rate_limited', { status: 429 }, ms), 0, options)
    expect([told(0), told(10_000), told(10_001)]).toEqual([0, 10_000, undefined])
  })

  it("obeys LiteLLM's own limits, not those that it relays", () => {
    const told = (rest: Partial<Failure>): number | undefined =>
      retryDelay(failure('rate_limited', { status: 429, ...rest }, 1_000), 0, {
        ...options,
        kind: 'litellm',
      })
    expect([told({ ownLimit: true }), told({})]).toEqual([1_000, undefined])
  })

  it.each([
    ['rate_limited', { status: 429 }, 'generic', false],
    ['budget_exceeded', { status: 429 }, 'generic', false],
    ['provider_auth', { status: 500 }, 'generic', false],
    ['upstream_error', { status: 500 }, 'generic', true],
    ['upstream_timeout', { status: 408 }, 'generic', true],
    ['overloaded', { status: 529 }, 'generic', true],
    ['upstream_error', { status: 500 }, 'litellm', false],
    ['overloaded', { status: 503 }, 'litellm', false],
    ['overloaded', { status: 503, structured: false }, 'litellm', true],
    ['upstream_error', { status: 500 }, 'unknown', false],
    ['gateway_unreachable', {}, 'litellm', true],
    ['gateway_unreachable', { timedOut: true }, 'litellm', false],
    ['first_token_timeout', {}, 'generic', false],
    ['cancelled', {}, 'generic', false],
    ['protocol', {}, 'generic', false],
  ] as const)('%s %o behind %s: %s', (code, rest, kind, again) => {
    expect(retryDelay(failure(code, rest), 0, { ...options, kind }) !== undefined).toBe(again)
  })
})
