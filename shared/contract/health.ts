import { createRoute, json, problemResponses, security, Time, z } from './common.js'
import { Catalogue } from './model.js'

export const Health = z
  .object({ status: z.literal('OK'), timestamp: Time, version: z.string(), build: z.string() })
  .openapi('Health')
export type Health = z.infer<typeof Health>

/** `details` only for who has a token. */
export const Ready = z
  .object({
    ready: z.boolean(),
    details: z
      .object({
        database: z.object({
          ok: z.boolean(),
          managed: z.boolean(),
          version: z.string().nullable(),
          where: z
            .string()
            .optional()
            .describe('host, port and name; of a managed one the directory; for admins only'),
          schema: z
            .object({ version: z.number().int().nullable(), newest: z.number().int() })
            .optional()
            .describe('the migration it is at, and the last one that the daemon knows'),
          free_bytes: z
            .number()
            .optional()
            .describe('on the disk of a managed one; for admins only'),
        }),
        model: z.string().optional().describe('the model when nobody names one, if one is set'),
        draining: z.boolean(),
        live_turns: z.number().int(),
        gateway: z.object({
          reachable: z.boolean(),
          kind: z.enum(['litellm', 'generic', 'unknown']),
          url: z.string(),
          version: z.string().optional(),
          has_key: z.boolean().describe('a key is set for it'),
          slow: z
            .boolean()
            .optional()
            .describe('it is alive, but did not list its models within 3 s'),
          problem: z.string().optional(),
          problem_code: z.string().optional().describe('as in problem bodies'),
          hint: z.string().optional(),
        }),
      })
      .optional(),
  })
  .openapi('Ready')
export type Ready = z.infer<typeof Ready>

export const getHealth = createRoute({
  method: 'get',
  path: '/api/health',
  tags: ['daemon'],
  summary: 'Liveness: no token, no I/O',
  responses: { 200: json(Health, 'The process answers') },
})

export const getReady = createRoute({
  method: 'get',
  path: '/api/ready',
  tags: ['daemon'],
  summary: 'Readiness: the database answers and the daemon is not draining',
  responses: { 200: json(Ready, 'Ready'), 503: json(Ready, 'Not ready') },
})

export const getMetrics = createRoute({
  method: 'get',
  path: '/metrics',
  tags: ['daemon'],
  security,
  summary: "What to watch, in Prometheus' text format 0.0.4",
  responses: {
    200: {
      description: 'The figures of this daemon; those of others are at theirs',
      content: { 'text/plain': { schema: z.string() } },
    },
    ...problemResponses(),
  },
})

export const getModels = createRoute({
  method: 'get',
  path: '/api/models',
  tags: ['models'],
  security,
  summary: "The models, in the gateway's order",
  request: { query: z.object({ refresh: z.literal('1').optional() }) },
  responses: {
    200: json(Catalogue, 'The catalogue; stale when the gateway is away'),
    ...problemResponses('gateway_unreachable', 'gateway_auth', 'protocol'),
  },
})

export const stopDaemon = createRoute({
  method: 'post',
  path: '/api/daemon/stop',
  tags: ['daemon'],
  security,
  summary: 'Drain and exit; with if_idle=1 only when no turn is live',
  request: { query: z.object({ if_idle: z.literal('1').optional() }) },
  responses: {
    202: json(z.object({ stopping: z.literal(true) }), 'The daemon drains and exits'),
    ...problemResponses('forbidden', 'session_busy'),
  },
})
