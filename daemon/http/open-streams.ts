import type { ServerResponse } from 'node:http'

/** The event streams of made tokens that this process serves. */
export interface OpenStreams {
  /** Counts a response until it is closed. False: the token has as many as it may. */
  open(tokenId: string, response: ServerResponse): boolean
  tokenIds(): string[]
  /** Closes the streams of a token where they are. */
  cut(tokenId: string): void
}

export function createOpenStreams(options: { most: number }): OpenStreams {
  const byToken = new Map<string, Set<ServerResponse>>()
  return {
    open(tokenId, response) {
      const streams = byToken.get(tokenId) ?? new Set()
      if (streams.size >= options.most) return false
      // It may have hung up while its token was looked up.
      if (response.destroyed) return true
      byToken.set(tokenId, streams.add(response))
      response.once('close', () => {
        streams.delete(response)
        if (streams.size === 0 && byToken.get(tokenId) === streams) byToken.delete(tokenId)
      })
      return true
    },
    tokenIds: () => [...byToken.keys()],
    cut(tokenId) {
      for (const response of byToken.get(tokenId) ?? []) response.destroy()
    },
  }
}

const answering = /^\/(api\/(events|.+\/stream|.+\/retry)|v1\/chat\/completions)$/

/** True for what answers with an event stream; a test compares it with the contract. */
export function isStream(path: string): boolean {
  return answering.test(path)
}
