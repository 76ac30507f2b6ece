import { pause } from '../../shared/client/pause.js'
import type { Http } from '../gateway/http.js'
import type { Log } from '../log.js'

/** What Slack shows: to the one who typed, or to everybody in the channel. */
export interface Reply {
  response_type: 'ephemeral' | 'in_channel'
  text: string
}

/** The only addresses that are posted to: of Slack, over TLS, with nothing odd about them. */
export function isSlackHook(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, host, username, password } = new URL(text)
  return protocol === 'https:' && host === 'hooks.slack.com' && username === '' && password === ''
}

export interface HooksOptions {
  http: Pick<Http, 'post'>
  /** For tests, whose Slack is no Slack. */
  mayPost?: (url: string) => boolean
  /** Before the second try, ms. */
  retryBaseMs?: number
  log: Log
}

export type Hooks = ReturnType<typeof createHooks>

const tries = 3

/** Posts replies that come later. The address is a secret of its own, and is never logged. */
export function createHooks(options: HooksOptions) {
  const { http, mayPost = isSlackHook, retryBaseMs = 500, log } = options

  /** The status; redirects are answers like any other, and are not followed. */
  const post = async (url: string, reply: Reply, signal: AbortSignal): Promise<number> => {
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    const answer = await http.post(url, headers, JSON.stringify(reply), signal)
    await answer.body.dump({ limit: 65_536 }).catch(() => undefined)
    return answer.statusCode
  }

  return {
    mayPost,

    /** Never throws: there is nobody left to tell but the log. */
    async send(url: string | undefined, reply: Reply, signal: AbortSignal): Promise<void> {
      if (url === undefined || !mayPost(url)) return
      for (let nth = 1; ; nth++) {
        const status = await post(url, reply, signal).catch((error: unknown) => {
          const code = error instanceof Error && 'code' in error ? error.code : undefined
          return String(code ?? 'no answer')
        })
        if (typeof status === 'number' && status >= 200 && status < 300) return
        const again = typeof status === 'string' || status >= 500
        if (!again || nth === tries || signal.aborted) {
          log.warn({ status, tries: nth }, 'Slack did not take a reply')
          return
        }
        await pause(retryBaseMs * nth, signal)
      }
    },
  }
}
