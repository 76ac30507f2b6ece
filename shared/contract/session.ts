import {
  createRoute,
  Id,
  json,
  jsonBody,
  ListQuery,
  ModelName,
  Plan,
  problemResponses,
  RoleName,
  security,
  Time,
  z,
} from './common.js'
import { Usage } from './message.js'
import { keptParams, Params } from './params.js'

export const Session = z
  .object({
    id: Id,
    title: z.string(),
    model: z.string().nullable(),
    role_id: Id.nullable(),
    plan: Plan.nullable(),
    params: Params,
    /** The turn that is answering now, to attach to. */
    live_turn_id: Id.nullable(),
    created_at: Time,
    updated_at: Time,
    usage: Usage.optional().describe(
      'of all its turns, replaced ones too; not in lists, and absent where nothing was counted',
    ),
  })
  .openapi('Session')
export type Session = z.infer<typeof Session>

const Title = z.string().trim().min(1).max(200)

/** What a session remembers; a role by id or by its exact name, null for none. */
const settings = {
  title: Title.optional(),
  model: ModelName.nullable().optional(),
  role_id: Id.nullable().optional(),
  role: RoleName.nullable().optional(),
  plan: Plan.nullable().optional(),
  params: keptParams,
}

export const NewSession = z
  .object({
    ...settings,
    ephemeral: z
      .boolean()
      .optional()
      .describe('not listed, and deleted when its turn has ended (c2a ask --no-save)'),
  })
  .openapi('NewSession')
export type NewSession = z.infer<typeof NewSession>

export const SessionPatch = z
  .object(settings)
  .refine((patch) => Object.values(patch).some((value) => value !== undefined), {
    message: 'name at least one of title, model, role_id, role, plan, params',
  })
  .openapi('SessionPatch')
export type SessionPatch = z.infer<typeof SessionPatch>

export const ForkWanted = z
  .object({
    message_id: Id.optional().describe('the last message to take along; without it all are'),
    before: z
      .boolean()
      .optional()
      .describe('up to that message, without it: to ask otherwise there'),
  })
  .refine(({ message_id, before }) => !before || message_id !== undefined, {
    message: 'before needs a message_id',
  })
  .openapi('ForkWanted')
export type ForkWanted = z.infer<typeof ForkWanted>

const params = z.object({ id: Id.openapi({ param: { name: 'id', in: 'path' } }) })
const tags = ['sessions']

export const listSessions = createRoute({
  method: 'get',
  path: '/api/sessions',
  tags,
  security,
  summary: 'Sessions, the most recently updated first',
  request: { query: ListQuery },
  responses: {
    200: json(z.array(Session), 'The sessions; with a limit, Link names the next (older) page'),
    ...problemResponses('invalid_request'),
  },
})

export const createSession = createRoute({
  method: 'post',
  path: '/api/sessions',
  tags,
  security,
  summary: 'Make a session',
  request: { body: { ...jsonBody(NewSession), required: false } },
  responses: {
    201: json(Session, 'The new session'),
    ...problemResponses('invalid_request', 'not_found', 'unsupported_media_type'),
  },
})

export const getSession = createRoute({
  method: 'get',
  path: '/api/sessions/{id}',
  tags,
  security,
  summary: 'One session',
  request: { params },
  responses: {
    200: json(Session, 'The session'),
    ...problemResponses('invalid_request', 'not_found'),
  },
})

export const patchSession = createRoute({
  method: 'patch',
  path: '/api/sessions/{id}',
  tags,
  security,
  summary: 'Change title, model, role, plan mode or parameters',
  request: { params, body: jsonBody(SessionPatch) },
  responses: {
    200: json(Session, 'The whole session'),
    ...problemResponses('invalid_request', 'not_found', 'unsupported_media_type'),
  },
})

export const deleteSession = createRoute({
  method: 'delete',
  path: '/api/sessions/{id}',
  tags,
  security,
  summary: 'Delete a session with its messages; a running turn is stopped',
  request: { params },
  responses: { 204: { description: 'Gone' }, ...problemResponses('invalid_request', 'not_found') },
})

export const forkSession = createRoute({
  method: 'post',
  path: '/api/sessions/{id}/fork',
  tags,
  security,
  summary: 'Make a session of what this one shows, up to one of its messages',
  description: 'What is answering now stays behind; so do older answers, and what was spent.',
  request: { params, body: { ...jsonBody(ForkWanted), required: false } },
  responses: {
    201: json(Session, 'The new session'),
    ...problemResponses('invalid_request', 'not_found', 'unsupported_media_type'),
  },
})
