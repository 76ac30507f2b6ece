import { maxSearchLength } from '../limits.js'
import {
  createRoute,
  Id,
  json,
  ModelName,
  problemResponses,
  RoleName,
  security,
  Time,
  z,
} from './common.js'
import { Kind } from './message.js'

export const SearchHit = z
  .object({
    session_id: Id,
    session_title: z.string(),
    message_id: Id.nullable().describe('null: the words are in the title of the session'),
    variant_of: Id.nullable().describe('an older answer: the message that is shown in its place'),
    role: z.enum(['user', 'assistant']).nullable(),
    kind: Kind.nullable(),
    model: z.string().nullable(),
    created_at: Time.describe('of the message; of a title, when its session changed last'),
    snippet: z.string().describe('the text around the first words found, on one line'),
    matches: z
      .array(z.tuple([z.number().int(), z.number().int()]))
      .describe('what was found in the snippet: from and to, UTF-16 units'),
  })
  .openapi('SearchHit')
export type SearchHit = z.infer<typeof SearchHit>

/** A year 0 is none of Postgres'. */
const moment = Time.refine((time) => !time.startsWith('0000'), 'must have a year from 1 on')

export const SearchQuery = z.object({
  q: z
    .string()
    .trim()
    .min(1)
    .max(maxSearchLength)
    .describe('beginnings of words; "words in this order"; -without; OR'),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(1000).optional().describe('from the Link header of the page before'),
  order: z.enum(['rank', 'time']).default('rank').describe('the best first, or the newest'),
  session: Id.optional().describe('of this session only'),
  author: z.enum(['user', 'assistant']).optional().describe('who wrote it'),
  model: ModelName.optional().describe('answers of this model'),
  role: RoleName.optional().describe('answers given in this role, any case'),
  since: moment.optional(),
  before: moment.optional(),
})
export type SearchQuery = z.infer<typeof SearchQuery>

export const search = createRoute({
  method: 'get',
  path: '/api/search',
  tags: ['sessions'],
  security,
  summary: 'Full text over all of your messages and titles',
  description:
    'All words must be there, each as the beginning of a word (of fewer than three letters: as the ' +
    'word). Every page is a page; Link names the next. Ranked are the newest 2,000 that match.',
  request: { query: SearchQuery },
  responses: {
    200: json(z.array(SearchHit), 'What was found; an empty list is no error'),
    ...problemResponses('invalid_request'),
  },
})
