import type { Usage } from '../../shared/contract/message.js'
import type { Spend } from '../../shared/contract/spend.js'
import { type Queryable, query } from './pool.js'

/** US dollars; estimated where any part of it is. */
export interface Spent {
  dollars: number
  isEstimated: boolean
}

/** What budgets look at, without what is still running. */
export interface SpentSoFar {
  session: Spent
  /** By the owner, in all sessions, since midnight UTC. */
  day: Spent
}

/** Postgres gives sums of money as text, since they are exact. */
type Sum = { [Key in keyof Spent]: Key extends 'dollars' ? string | null : boolean | null }

const toSpent = ({ dollars, isEstimated }: Sum): Spent => ({
  dollars: Number(dollars ?? 0),
  isEstimated: isEstimated ?? false,
})

/** Where today begins. */
const midnight = `date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'`

export async function readSpent(
  db: Queryable,
  owner: string,
  sessionId: string,
): Promise<SpentSoFar> {
  const rows = await query<Sum>(
    db,
    'spend_so_far',
    `SELECT sum(cost_usd) AS dollars, bool_or(cost_estimated) AS "isEstimated"
     FROM turns t JOIN spend p ON p.turn_id = t.id WHERE t.session_id = $2
     UNION ALL
     SELECT sum(cost_usd), bool_or(cost_estimated) FROM spend
     WHERE owner = $1 AND at >= ${midnight}`,
    [owner, sessionId],
  )
  const [session, day] = rows.map(toSpent)
  if (session === undefined || day === undefined) throw new Error('a sum is always a row')
  return { session, day }
}

/** What an owner has spent today, and these budgets. What still runs is not in it. */
export async function readSpend(
  db: Queryable,
  owner: string,
  budget: { session?: number | undefined; day?: number | undefined },
): Promise<Spend> {
  const [row] = await query<Sum>(
    db,
    'spend_today',
    `SELECT sum(cost_usd) AS dollars, bool_or(cost_estimated) AS "isEstimated"
     FROM spend WHERE owner = $1 AND at >= ${midnight}`,
    [owner],
  )
  if (row === undefined) throw new Error('a sum is always a row')
  const { dollars, isEstimated } = toSpent(row)
  return {
    day: {
      cost_usd: dollars,
      ...(isEstimated && { cost_estimated: true }),
      ...(budget.day !== undefined && { budget_usd: budget.day }),
    },
    ...(budget.session !== undefined && { session_budget_usd: budget.session }),
  }
}

interface UsageRow {
  prompt_tokens: string | null
  completion_tokens: string | null
  total_tokens: string | null
  cost_usd: string | null
  cost_estimated: boolean | null
}

/**
 * What all turns of a session have used up, those that were replaced, too; undefined where nothing was
 * counted. The cost is that of the turns whose cost is known; where there are others it counts as
 * estimated.
 */
export async function readSessionUsage(
  db: Queryable,
  sessionId: string,
): Promise<Usage | undefined> {
  const [row] = await query<UsageRow>(
    db,
    'spend_session_usage',
    `SELECT sum((t.usage->>'prompt_tokens')::numeric) AS prompt_tokens,
       sum((t.usage->>'completion_tokens')::numeric) AS completion_tokens,
       sum((t.usage->>'total_tokens')::numeric) AS total_tokens,
       sum(p.cost_usd) AS cost_usd,
       bool_or(CASE WHEN p.turn_id IS NULL THEN t.usage IS NOT NULL ELSE p.cost_estimated END)
         AS cost_estimated
     FROM turns t LEFT JOIN spend p ON p.turn_id = t.id WHERE t.session_id = $1`,
    [sessionId],
  )
  if (row === undefined || (row.total_tokens === null && row.cost_usd === null)) return undefined
  return {
    prompt_tokens: Number(row.prompt_tokens ?? 0),
    completion_tokens: Number(row.completion_tokens ?? 0),
    total_tokens: Number(row.total_tokens ?? 0),
    ...(row.cost_usd !== null && { cost_usd: Number(row.cost_usd) }),
    ...(row.cost_usd !== null && row.cost_estimated && { cost_estimated: true }),
  }
}

/**
 * For a call that belongs to no session, and for a turn that was paid for and is gone, because its session
 * was deleted; the others are booked as they end. Where something is booked already, the larger sum stays: a
 * file may have been imported that says something else of a turn that was gone.
 */
export async function bookSpend(
  db: Queryable,
  { id, owner }: { id: string; owner: string },
  { dollars, isEstimated }: Spent,
): Promise<void> {
  await query(
    db,
    'spend_book',
    `INSERT INTO spend (turn_id, owner, cost_usd, cost_estimated) VALUES ($1, $2, $3, $4)
     ON CONFLICT (turn_id) DO UPDATE SET owner = excluded.owner, at = excluded.at, cost_usd = excluded.cost_usd,
       cost_estimated = excluded.cost_estimated
     WHERE spend.cost_usd < excluded.cost_usd`,
    [id, owner, dollars, isEstimated],
  )
}
