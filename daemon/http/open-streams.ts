import type { ServerResponse } from 'node:http'

/** The event streams of made tokens that this process serves, and what else takes long. */
export interface OpenStreams {
  /** Counts a stream until it is closed. False: the token has as many as it may. */
  open(tokenId: string, response: ServerResponse): boolean
  /** Remembers what is no stream, too, so that it can be cut. */
  watch(tokenId: string, response: ServerResponse): void
  tokenIds(): string[]
  /** Closes what is open of a token where it is. */
  cut(tokenId: string): void
}

export function createOpenStreams(options: { most: number }): OpenStreams {
  const streams = createByToken()
  const others = createByToken()
  return {
    open(tokenId, response) {
      if (streams.of(tokenId).size >= options.most) return false
      streams.add(tokenId, response)
      return true
    },
    watch: others.add,
    tokenIds: () => [...new Set([...streams.tokenIds(), ...others.tokenIds()])],
    cut(tokenId) {
      for (const { of } of [streams, others]) {
        for (const response of of(tokenId)) response.destroy()
      }
    },
  }
}

function createByToken() {
  const byToken = new Map<string, Set<ServerResponse>>()
  const none: ReadonlySet<ServerResponse> = new Set()
  return {
    of: (tokenId: string) => byToken.get(tokenId) ?? none,
    tokenIds: () => byToken.keys(),
    add(tokenId: string, response: ServerResponse): void {
      // It may have hung up while its token was looked up.
      if (response.destroyed) return
      const all = byToken.get(tokenId) ?? new Set()
      byToken.set(tokenId, all.add(response))
      response.once('close', () => {
        all.delete(response)
        if (all.size === 0 && byToken.get(tokenId) === all) byToken.delete(tokenId)
      })
    },
  }
}

const answering = /^\/(api\/(events|.+\/stream|.+\/retry)|v1\/chat\/completions)$/

/** True for what answers with an event stream; a test compares it with the contract. */
export function isStream(path: string): boolean {
  return answering.test(path)
}

const long = /^\/api\/(export|import|chat\/completions)$/

/** True for what is no stream and may take minutes all the same: it ends with its token, too. */
export function takesLong(path: string): boolean {
  return long.test(path)
}
