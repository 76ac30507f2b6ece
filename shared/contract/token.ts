import { normalTokenName, tokenNameForm } from '../token-name.js'
import { createRoute, json, jsonBody, problemResponses, security, Time, z } from './common.js'

const Scope = z.enum(['read', 'chat', 'admin']).openapi('Scope', {
  description:
    'read: see what one owns; chat: also ask and change it; admin: also write roles, make tokens and ' +
    'stop the daemon',
})
export type Scope = z.infer<typeof Scope>

const TokenId = z
  .string()
  .max(64)
  .regex(/^[0-9a-z]+$/)

/** Without its secret, which nobody has but who got it. */
export const Token = z
  .object({
    id: TokenId,
    name: z.string().describe('whose it is; all tokens of one name open the same sessions'),
    scope: Scope,
    owner: z.string().describe('what its sessions have as their owner, whatever the name'),
    created_at: Time,
    expires_at: Time.nullable(),
    last_used_at: Time.nullable().describe('to the minute'),
    revoked_at: Time.nullable(),
    state: z.enum(['valid', 'expired', 'revoked']),
  })
  .openapi('Token')
export type Token = z.infer<typeof Token>

export const TokenName = z
  .string()
  .overwrite(normalTokenName)
  .refine(
    (name) => tokenNameForm.test(name),
    'must be 1 to 64 letters, digits and . _ @ + - and begin with a letter or a digit',
  )
  .refine((name) => name !== 'local', 'local is the user of the token file; take another name')

/** Ten years, s. */
const longest = 10 * 366 * 86_400

export const NewToken = z
  .strictObject({
    name: TokenName,
    scope: Scope.default('chat'),
    expires_in: z
      .number()
      .int()
      .min(1)
      .max(longest)
      .optional()
      .describe('seconds from now on; left out: until it is revoked'),
  })
  .openapi('NewToken')
/** As a client sends it. */
export type NewToken = z.input<typeof NewToken>

export const MadeToken = Token.extend({
  token: z.string().describe('c2a_<id>_<secret>: shown this once'),
  known: z
    .boolean()
    .describe('the name was known before, by a token or from an import: it opens what is there'),
}).openapi('MadeToken')
export type MadeToken = z.infer<typeof MadeToken>

const tags = ['tokens']

export const listTokens = createRoute({
  method: 'get',
  path: '/api/tokens',
  tags,
  security,
  summary: 'All tokens that were made, by name; admin only',
  responses: { 200: json(z.array(Token), 'The tokens'), ...problemResponses('forbidden') },
})

export const createToken = createRoute({
  method: 'post',
  path: '/api/tokens',
  tags,
  security,
  summary: 'Make a token for a person; admin only',
  request: { body: jsonBody(NewToken) },
  responses: {
    201: json(MadeToken, 'The token, with its secret'),
    ...problemResponses('invalid_request', 'forbidden', 'unsupported_media_type'),
  },
})

export const revokeToken = createRoute({
  method: 'delete',
  path: '/api/tokens/{id}',
  tags,
  security,
  summary: 'Revoke a token, at once and on every replica; admin only. Idempotent',
  request: { params: z.object({ id: TokenId.openapi({ param: { name: 'id', in: 'path' } }) }) },
  responses: {
    204: { description: 'It opens nothing any more' },
    ...problemResponses('invalid_request', 'forbidden', 'not_found'),
  },
})
