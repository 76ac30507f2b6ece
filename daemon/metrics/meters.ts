import type { Status, Usage } from '../../shared/contract/message.js'
import { boundedNames, otherNames } from './bounded-names.js'
import type { Registry } from './registry.js'

/** Models with figures of their own. */
const mostModels = 50

/** s. Answers of reasoning models begin after minutes. */
const firstTokenBounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]
const betweenBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30]
const commitBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]

export type Meters = ReturnType<typeof createMeters>

/** What the daemon's parts count as they go. Times are in ms here, and in seconds outside. */
export function createMeters(registry: Registry) {
  const turns = registry.counter(
    'c2a_turns_total',
    'Turns that ended here, by status; lost: deleted, or taken over by another daemon',
  )
  const problems = registry.counter(
    'c2a_turn_problems_total',
    'Turns that ended with a problem, by its code (docs/errors.md)',
  )
  const recovered = registry.counter(
    'c2a_turns_recovered_total',
    'Turns of daemons that died, marked as interrupted here',
  )
  const tokens = registry.counter(
    'c2a_tokens_total',
    `Tokens as the gateway counts them, by model (the first ${mostModels} that the gateway lists, then other)`,
  )
  const cost = registry.counter(
    'c2a_cost_usd_total',
    'US dollars, by model, where prices are known',
  )
  const firstToken = registry.histogram(
    'c2a_first_token_seconds',
    'From the request to the gateway until the first text or reasoning',
    firstTokenBounds,
  )
  const between = registry.histogram(
    'c2a_between_tokens_seconds',
    'Between two pieces of text or reasoning of one answer',
    betweenBounds,
  )
  const commit = registry.histogram(
    'c2a_commit_seconds',
    'One commit of the event writer, which all streams share',
    commitBounds,
  )
  const requests = registry.counter('c2a_http_requests_total', 'HTTP requests that ended')
  const refusals = registry.counter(
    'c2a_http_problems_total',
    'HTTP requests answered with a problem, by its code (docs/errors.md)',
  )
  const streams = { turn: 0, changes: 0 }
  registry.gauge('c2a_streams_live', 'Event streams that are open', () =>
    Object.entries(streams).map(([kind, value]) => ({ labels: { kind }, value })),
  )
  const nameOf = boundedNames(mostModels)
  for (const status of ['complete', 'stopped', 'failed', 'interrupted']) turns.add(0, { status })
  recovered.add(0)

  return {
    turnEnded(status: Exclude<Status, 'streaming'> | 'lost', code?: string): void {
      turns.add(1, { status })
      if (code !== undefined) problems.add(1, { code })
    },
    turnRecovered: (): void => recovered.add(1),
    firstToken: (ms: number): void => firstToken.observe(ms / 1_000),
    between: (ms: number): void => between.observe(ms / 1_000),
    committed: (ms: number): void => commit.observe(ms / 1_000),
    /** `model`: undefined where it has no name of its own. */
    used(model: string | undefined, usage: Usage): void {
      const name = model === undefined ? otherNames : nameOf(model)
      tokens.add(usage.prompt_tokens, { model: name, kind: 'prompt' })
      tokens.add(usage.completion_tokens, { model: name, kind: 'completion' })
      if (usage.cost_usd !== undefined) cost.add(usage.cost_usd, { model: name })
    },
    answered(request: { method: string; route: string; status: number }): void {
      requests.add(1, { ...request, status: String(request.status) })
    },
    refused: (code: string): void => refusals.add(1, { code }),
    stream(kind: keyof typeof streams, change: 1 | -1): void {
      streams[kind] += change
    },
  }
}
