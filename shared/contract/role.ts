import { maxInstructionsLength } from '../limits.js'
import {
  createRoute,
  Id,
  json,
  jsonBody,
  ListQuery,
  problemResponses,
  RoleName,
  security,
  Time,
  z,
} from './common.js'
import { keptParams, Params } from './params.js'

/** Instructions that travel as a system message with each request, never inside a user's message. */
export const Role = z
  .object({
    id: Id,
    name: z.string(),
    instructions: z.string(),
    params: Params,
    revision: z.number().int(),
    created_at: Time,
    updated_at: Time,
  })
  .openapi('Role')
export type Role = z.infer<typeof Role>

const Instructions = z
  .string()
  .max(maxInstructionsLength)
  .refine((text) => text.trim() !== '', 'must not be empty')

export const NewRole = z
  .object({ name: RoleName, instructions: Instructions, params: keptParams })
  .openapi('NewRole')
export type NewRole = z.infer<typeof NewRole>

export const RolePatch = z
  .object({
    name: RoleName.optional(),
    instructions: Instructions.optional(),
    params: keptParams,
  })
  .refine((patch) => Object.values(patch).some((value) => value !== undefined), {
    message: 'name at least one of name, instructions, params',
  })
  .openapi('RolePatch')
export type RolePatch = z.infer<typeof RolePatch>

// Strict: of what is misspelt the rest would change and delete roles.
export const RolesToApply = z
  .strictObject({
    roles: z
      .array(NewRole.strict())
      .max(1_000)
      .refine((roles) => new Set(roles.map(({ name }) => name)).size === roles.length, {
        message: 'every name may be there once',
      })
      .describe('each as a whole: without params it has none afterwards'),
    prune: z.boolean().optional().describe('delete every role that is not among them'),
    dry_run: z.boolean().optional().describe('only say what would change'),
  })
  .openapi('RolesToApply')
export type RolesToApply = z.infer<typeof RolesToApply>

export const AppliedRoles = z
  .object({
    dry_run: z.boolean(),
    changes: z.array(
      z.object({
        action: z.enum(['create', 'update', 'unchanged', 'delete']),
        name: z.string(),
        id: Id.nullable().describe('null: it is not there yet'),
        revision: z
          .number()
          .int()
          .nullable()
          .describe('the new one; of a dry run, the present one'),
      }),
    ),
  })
  .openapi('AppliedRoles')
export type AppliedRoles = z.infer<typeof AppliedRoles>

const params = z.object({ id: Id.openapi({ param: { name: 'id', in: 'path' } }) })
const tags = ['roles']

export const listRoles = createRoute({
  method: 'get',
  path: '/api/roles',
  tags,
  security,
  summary: 'Roles by name, upper and lower case together',
  request: { query: ListQuery },
  responses: { 200: json(z.array(Role), 'The roles'), ...problemResponses('invalid_request') },
})

export const createRole = createRoute({
  method: 'post',
  path: '/api/roles',
  tags,
  security,
  summary: 'Make a role',
  request: { body: jsonBody(NewRole) },
  responses: {
    201: json(Role, 'The new role'),
    ...problemResponses('invalid_request', 'role_exists', 'forbidden', 'unsupported_media_type'),
  },
})

export const getRole = createRoute({
  method: 'get',
  path: '/api/roles/{id}',
  tags,
  security,
  summary: 'One role',
  request: { params },
  responses: { 200: json(Role, 'The role'), ...problemResponses('invalid_request', 'not_found') },
})

export const putRole = createRoute({
  method: 'put',
  path: '/api/roles/{id}',
  tags,
  security,
  summary: 'Change a role; what is left out stays',
  request: { params, body: jsonBody(RolePatch) },
  responses: {
    200: json(Role, 'The whole role'),
    ...problemResponses(
      'invalid_request',
      'not_found',
      'role_exists',
      'forbidden',
      'unsupported_media_type',
    ),
  },
})

export const deleteRole = createRoute({
  method: 'delete',
  path: '/api/roles/{id}',
  tags,
  security,
  summary: 'Delete a role; sessions that use it go on without one',
  request: { params },
  responses: {
    204: { description: 'Gone' },
    ...problemResponses('invalid_request', 'not_found', 'forbidden'),
  },
})

export const applyRoles = createRoute({
  method: 'post',
  path: '/api/roles/apply',
  tags,
  security,
  summary: 'Make the roles what is given, all or none',
  description:
    'Compared by name: what is missing is made, what differs is changed, what is the same keeps its ' +
    'revision. Other roles stay, unless `prune` is set.',
  request: { body: jsonBody(RolesToApply) },
  responses: {
    200: json(AppliedRoles, 'What changed, in the order given, then what was deleted'),
    ...problemResponses('invalid_request', 'forbidden', 'unsupported_media_type'),
  },
})
