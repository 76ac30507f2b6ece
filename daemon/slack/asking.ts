import { createBuckets } from '../http/limits.js'
import type { SlackUser } from '../store/slack.js'

/** Who asks at the moment, and how often somebody did. Each replica counts for itself. */
export interface Asking {
  /** Gives what ends a question, or the words that refuse it. */
  begin(user: SlackUser): (() => void) | string
}

/** One question at a time of each user of Slack, and as many a minute as a token may send requests. */
export function createAsking(perMinute: number): Asking {
  const busy = new Set<string>()
  const buckets = createBuckets(perMinute)
  return {
    begin({ teamId, userId }) {
      const user = `${teamId}:${userId}`
      if (busy.has(user)) return 'Your last question is not answered yet. Ask again when it is.'
      const bucket = buckets.of(user)
      if (!bucket.take()) {
        const times = perMinute === 1 ? '1 time' : `${perMinute} times`
        return `You asked more than ${times} in a minute. Try again in ${bucket.waitSeconds()} s.`
      }
      busy.add(user)
      return () => void busy.delete(user)
    },
  }
}
