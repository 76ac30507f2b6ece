import type { Context } from 'hono'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Identity } from './access.js'
import type { AppEnv } from './env.js'
import { isStream, type OpenStreams, takesLong } from './open-streams.js'
import { createTokenBucket } from './token-bucket.js'

/** What one made token may ask of this process. `local` may ask anything. */
export interface Limits {
  /** Throws ProblemError `rate_limited_client`, with Retry-After. */
  admit(c: Context<AppEnv>, identity: Identity): void
  /** For a token that is wrong. Throws ProblemError `rate_limited_client`, with Retry-After, or `unauthorized`. */
  refuse(c: Context<AppEnv>): never
}

interface Options {
  requestsPerMinute: number
  streams: OpenStreams
}

/** More wrong tokens in a minute than any client sends by mistake; none can be guessed in any case. */
const wrongPerMinute = 120
/** When a stream may have ended, s. */
const streamWaitSeconds = 5

export function createLimits({ requestsPerMinute, streams }: Options): Limits {
  const requests = createBuckets(requestsPerMinute)
  const wrong = createBuckets(wrongPerMinute)
  return {
    admit(c, { tokenId }) {
      if (tokenId === undefined) return
      const bucket = requests.of(tokenId)
      if (!bucket.take()) {
        throw tooMany(
          c,
          bucket.waitSeconds(),
          `this token sent more than ${requestsPerMinute} requests in a minute`,
        )
      }
      if (takesLong(c.req.path)) streams.watch(tokenId, c.env.outgoing)
      if (!isStream(c.req.path) || streams.open(tokenId, c.env.outgoing)) return
      throw tooMany(c, streamWaitSeconds, 'too many streams are open with this token', {
        hint: 'Close another chat, and try again.',
      })
    },
    refuse(c) {
      takeFor(c, wrong.of(addressOf(c)), 'too many wrong tokens from this address')
      throw new ProblemError('unauthorized', 'the token is wrong, has expired or was revoked')
    },
  }
}

/** Takes one from the bucket, or throws ProblemError `rate_limited_client` that says when there is the next. */
export function takeFor(c: Context<AppEnv>, bucket: Bucket, refusal: string): void {
  if (!bucket.take()) throw tooMany(c, bucket.waitSeconds(), refusal)
}

function tooMany(
  c: Context<AppEnv>,
  seconds: number,
  detail: string,
  options: { hint?: string } = {},
): ProblemError {
  c.header('Retry-After', String(seconds))
  return new ProblemError('rate_limited_client', detail, options)
}

/** Of the other end. Behind a proxy all have the same, so only what is wrong anyway is counted by it. */
export function addressOf(c: Context<AppEnv>): string {
  return c.env.incoming.socket.remoteAddress ?? 'unix'
}

type Bucket = ReturnType<typeof createTokenBucket>

const mostBuckets = 4_096

/** One bucket each; the one that was made first goes when there are too many. */
export function createBuckets(perMinute: number): { of(key: string): Bucket } {
  const buckets = new Map<string, Bucket>()
  return {
    of(key) {
      const known = buckets.get(key)
      if (known !== undefined) return known
      const [first] = buckets.keys()
      if (buckets.size >= mostBuckets && first !== undefined) buckets.delete(first)
      const bucket = createTokenBucket({ perMinute })
      buckets.set(key, bucket)
      return bucket
    },
  }
}
