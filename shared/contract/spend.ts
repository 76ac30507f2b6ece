import { createRoute, json, problemResponses, security, z } from './common.js'

/** What was spent, and what may be; US dollars. */
export const Spend = z
  .object({
    day: z
      .object({
        cost_usd: z.number().describe('by you, in all sessions, since midnight UTC'),
        cost_estimated: z.literal(true).optional().describe('some of it is an estimate'),
        budget_usd: z.number().optional().describe('budget.day_usd, where it is set'),
      })
      .describe('today'),
    session_budget_usd: z.number().optional().describe('budget.session_usd, where it is set'),
  })
  .openapi('Spend')
export type Spend = z.infer<typeof Spend>

export const getSpend = createRoute({
  method: 'get',
  path: '/api/spend',
  tags: ['sessions'],
  security,
  summary: 'What was spent today, and the budgets; a session tells its own in `usage`',
  responses: { 200: json(Spend, 'Today, in UTC'), ...problemResponses() },
})
