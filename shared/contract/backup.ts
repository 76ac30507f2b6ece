import { createRoute, Id, json, problemResponses, security, z } from './common.js'

/** One JSON value a line; docs/protocol.md has each. */
export const backupType = 'application/x-ndjson'

const count = z.number().int()
const Merged = z
  .object({
    added: count,
    updated: count.describe('were here, and the file had the newer'),
    kept: count.describe('were here already'),
  })
  .openapi('Merged')
export type Merged = z.infer<typeof Merged>

export const ImportSummary = z
  .object({
    people: Merged.describe('names with their owners'),
    slack_users: Merged.describe('roles that users of Slack have chosen'),
    roles: Merged,
    role_revisions: Merged,
    sessions: Merged,
    turns: Merged,
    messages: Merged,
  })
  .openapi('ImportSummary')
export type ImportSummary = z.infer<typeof ImportSummary>

const tags = ['backup']

export const exportBackup = createRoute({
  method: 'get',
  path: '/api/export',
  tags,
  security,
  summary: 'Everything of one’s own as one file, for import elsewhere',
  description:
    'JSON lines, streamed out of one snapshot; compressed for who accepts gzip. Roles are in it for ' +
    'an admin only. The last line has counts and a hash: without it the file is not whole.',
  request: {
    query: z.object({
      session: z
        .union([Id, z.array(Id).max(1000)])
        .optional()
        .describe('only these sessions, and the roles that they use'),
      all: z.enum(['1']).optional().describe('1: everybody’s sessions (admin)'),
    }),
  },
  responses: {
    200: {
      description: 'The file',
      // Typed as the one that handlers may write by themselves.
      content: { [backupType as 'text/event-stream']: { schema: z.string() } },
    },
    ...problemResponses('invalid_request', 'forbidden', 'not_found', 'rate_limited'),
  },
})

export const importBackup = createRoute({
  method: 'post',
  path: '/api/import',
  tags,
  security,
  summary: 'Merge a file of /api/export by ids',
  description:
    'Streamed; plain or gzip, of any size. One transaction a session: after a cut the whole file can ' +
    'be sent again. What is here and equal is kept; of what differs the newer wins. Roles need an ' +
    'admin, and so do people and sessions of others: these go to who has the name here.',
  responses: {
    200: json(ImportSummary, 'What was done'),
    ...problemResponses(
      'invalid_request',
      'forbidden',
      'import_conflict',
      'rate_limited',
      'too_slow',
      'unsupported_media_type',
    ),
  },
})
