import type { OpenStreams } from '../http/open-streams.js'
import type { Log } from '../log.js'
import type { Listener } from '../store/listener.js'
import type { MadeTokens } from './made-tokens.js'

interface Deps {
  streams: Pick<OpenStreams, 'tokenIds' | 'cut'>
  made: Pick<MadeTokens, 'valid'>
  listener: Pick<Listener, 'onNotification' | 'onConnect'>
  /** How often it looks without being told: what expires is told by nobody, and a word may be lost. */
  sweepMs: number
  log: Log
}

/** Cuts the streams of tokens that are not in force any more. Gives what ends it. */
export function cutRevoked({ streams, made, listener, sweepMs, log }: Deps): () => void {
  const look = async (): Promise<void> => {
    const ids = streams.tokenIds()
    if (ids.length === 0) return
    try {
      const valid = await made.valid(ids)
      for (const id of ids.filter((one) => !valid.has(one))) {
        streams.cut(id)
        log.info({ token: id }, 'cut the streams of a token that is not in force any more')
      }
    } catch (error) {
      // Nobody can tell; without the database a stream brings nothing new either.
      log.warn({ error: String(error) }, 'could not look whose tokens are in force')
    }
  }
  listener.onNotification(({ channel }) => {
    if (channel === 'c2a_token') void look()
  })
  listener.onConnect(() => void look())
  const sweep = setInterval(() => void look(), sweepMs)
  sweep.unref()
  return () => clearInterval(sweep)
}
