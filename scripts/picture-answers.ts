import { done, finish, gate, role, type Step, usage } from '../test/fakes/upstream/steps.js'
import type { UpstreamOptions } from '../test/fakes/upstream/upstream.js'

export const planner = 'claude-sonnet-4-5'
export const answerer = 'gpt-5-mini'

export const question = 'Limit uploads to 20 a minute for each user, without a new dependency.'

/** What the planner says. */
export const plan = `A token bucket for each user, kept in memory:

1. \`take(user)\` in a module of its own; the clock is an argument, so tests need no timers
2. Refill by the time that has passed, nothing runs in the background
3. The route answers **429** with \`Retry-After\` when a bucket is empty
`

/** What the answerer has said so far. */
export const implementation = `The bucket, and its use before the body is read:

\`\`\`ts
const buckets = new Map<string, Bucket>()
/** Seconds until the user may try again; 0 means now. */
export function take(user: string, now: number): number {
  const { tokens, at } = buckets.get(user) ?? { tokens: 20, at: now }
  const left = Math.min(20, tokens + (now - at) / 3_000)
  buckets.set(user, { tokens: Math.max(left - 1, 0), at: now })
  return left < 1 ? Math.ceil((1 - left) * 3) : 0
}
\`\`\`

| Upload in one minute | Left | Answer |
| -------------------- | ---: | ------ |
| first                |   19 | \`201 Created\` |
| twentieth            |    0 | \`201 Created\` |
| the next             |    0 | \`429\`, \`Retry-After: 3\` |

- Two users never share a bucket
- A clock that goes back costs nobody a`

/** By the end of it one sees that all of it is on the screen, by a keyword that colours have come. */
export const lastWords = 'costs nobody a'
export const keyword = 'export function'

export const roles: readonly (readonly [name: string, instructions: string])[] = [
  ['Code reviewer', 'You review code. Be brief and name the line.'],
  ['Senior engineer', 'You write small, tested TypeScript.'],
  ['Technical writer', 'You write plain English for engineers.'],
  ['Translator', 'You translate into German, word play and all.'],
]
export const activeRole = 'Senior engineer'

export const title = 'Rate limit for uploads'

/** Older sessions, and how long ago they were used, min. */
export const olderSessions: readonly (readonly [title: string, minutes: number])[] = [
  ['Why is CI so slow?', 12],
  ['Release notes 2.4', 48],
  ['Latest row per group in SQL', 190],
  ['Regex for ISO dates', 1_300],
  ['Startseite übersetzen', 2_900],
  ['Postgres 17 or 18?', 5_800],
  ['Kyoto 京都 in 4 days', 11_600],
  ['Flaky login test', 17_400],
]

const million = 1_000_000

function infoRow(name: string, provider: string, window: number, prices: [number, number]): object {
  const [input, output] = prices
  return {
    model_name: name,
    litellm_params: { model: `${provider}/${name}` },
    model_info: {
      ...{ id: name, mode: 'chat', litellm_provider: provider, max_input_tokens: window },
      input_cost_per_token: input / million,
      output_cost_per_token: output / million,
    },
  }
}

/** Speaks when it is told to; then it says what it used. */
function told(prompt: number, completion: number): { steps: () => Step[] } {
  return { steps: () => [role(), gate, finish(), usage(prompt, completion), done()] }
}

export const upstreamOptions: UpstreamOptions = {
  litellm: true,
  models: [planner, answerer, 'gemini-2.5-pro', 'llama3.1'],
  modelInfo: {
    data: [
      infoRow(planner, 'anthropic', 200_000, [3, 15]),
      infoRow(answerer, 'openai', 400_000, [0.25, 2]),
      infoRow('gemini-2.5-pro', 'gemini', 1_048_576, [1.25, 10]),
      infoRow('llama3.1', 'ollama_chat', 8_192, [0, 0]),
    ],
  },
  scripts: { [planner]: told(212, 96), [answerer]: told(331, 402) },
}
