import { z } from '@hono/zod-openapi'

/** A model as clients see it: never the gateway's own parameters, never a made-up value (unknown is null). */
export const Model = z
  .object({
    id: z.string(),
    litellm_provider: z.string().nullable(),
    mode: z.string().nullable(),
    /** Tokens a prompt may have. */
    context_window: z.number().int().nullable(),
    /** Tokens an answer may have. */
    max_output: z.number().int().nullable(),
    /** US dollars per million tokens. */
    prices: z.object({ input: z.number().nullable(), output: z.number().nullable() }),
    vision: z.boolean().nullable(),
    tools: z.boolean().nullable(),
    reasoning: z.boolean().nullable(),
    /** How many deployments of the gateway share this name. */
    deployments: z.number().int(),
  })
  .openapi('Model')
export type Model = z.infer<typeof Model>

/** The models in the gateway's order. `source` names where the list comes from. */
export const Catalogue = z
  .object({
    data: z.array(Model),
    stale: z.boolean(),
    source: z.enum(['model_info', 'models', 'offline']),
    fetched_at: z.string(),
  })
  .openapi('Catalogue')
export type Catalogue = z.infer<typeof Catalogue>
