import { createRoute, z } from '@hono/zod-openapi'
import { type ProblemCode, problems } from './problem.js'

/** What `createRoute` makes; re-typed here so that contract files need one import. */
export { createRoute, z }

/** Whatever Postgres takes as a uuid; ours are random ones. */
export const Id = z.guid()

/** A moment as ISO 8601 in UTC. */
export const Time = z.iso.datetime()

export const ProblemBody = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.enum(Object.keys(problems) as [ProblemCode, ...ProblemCode[]]),
    detail: z.string(),
    hint: z.string().optional(),
    request_id: z.string().optional(),
    error: z.string().describe('the same as one sentence'),
    turn_id: Id.optional().describe('with session_busy: the turn to attach to'),
  })
  .openapi('Problem')

/** A model name as it goes to the gateway, which decides whether it exists (wildcards). */
export const ModelName = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine((name) => !/[,\p{Cc}]/u.test(name), 'must not contain a comma or control characters')

export const Plan = z
  .object({ planning_model: ModelName, answering_model: ModelName })
  .openapi('Plan', { description: 'Plan mode: one model plans, the other executes the plan' })
export type Plan = z.infer<typeof Plan>

export const RoleName = z.string().trim().min(1).max(100)

/** The responses of a route that may end in one of `codes`, grouped by status. */
export function problemResponses(...codes: ProblemCode[]) {
  const always: ProblemCode[] = [
    'unauthorized',
    'forbidden',
    'rate_limited_client',
    'internal',
    'db_unavailable',
  ]
  const responses: Record<
    number,
    { description: string; content: { 'application/problem+json': { schema: typeof ProblemBody } } }
  > = {}
  for (const code of new Set([...codes, ...always])) {
    const { status, title } = problems[code]
    const known = responses[status]
    responses[status] = {
      description: known === undefined ? title : `${known.description}; ${title}`,
      content: { 'application/problem+json': { schema: ProblemBody } },
    }
  }
  return responses
}

export function json<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { 'application/json': { schema } } }
}

export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } }
}

/** `limit` and `cursor` of every list: without a limit it is complete. */
export const ListQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).optional(),
  cursor: z.string().max(1000).optional().describe('from the Link header of the page before'),
})

export const security = [{ bearer: [] }]
