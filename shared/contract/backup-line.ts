import { z } from 'zod'
import { Plan, ProblemBody } from './common.js'
import { Kind, Status } from './message.js'
import { Params } from './params.js'
import { TokenName } from './token.js'

/*
 * What the lines of a file may be. As strict as the tables: a file comes from anywhere.
 */

export const backupFormat = 'c2a-export'
/** 2: with people. What has none says 1, so that an older daemon reads it, too. */
export const backupVersion = 2

const Id = z.guid()
const Time = z.iso.datetime({ offset: true })
/** Far above any count of ours, and exact in JavaScript. */
const Seq = z
  .int()
  .min(1)
  .max(2 ** 48)
const Small = z
  .int()
  .min(0)
  .max(2 ** 31 - 1)
const Name = z.string().max(10_000)
const Json = z.record(z.string(), z.unknown())
/** What queries add up. Older rows may have counted in their own way, but with numbers. */
const Counted = z.number().min(-1e15).max(1e15)
const Used = z
  .looseObject({
    prompt_tokens: Counted,
    completion_tokens: Counted,
    total_tokens: Counted,
    cost_usd: Counted.optional(),
  })
  .nullable()
/** A newer daemon has other codes, and an older one shows them as they are. */
const Code = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/)
const Problem = ProblemBody.extend({ code: Code, status: z.int().min(100).max(599) })
const Ended = Status.exclude(['streaming'])
const Hash = z.string().regex(/^[0-9a-f]{64}$/)

export const Header = z.object({
  format: z.literal(backupFormat),
  version: z.int(),
})

/** Whose the sessions of an owner are. The user `local`, and those of Slack, are the same everywhere. */
const PersonLine = z.object({
  type: z.literal('person'),
  name: TokenName,
  owner: Name.min(1).refine(
    (owner) => owner !== 'local' && !owner.startsWith('slack:'),
    'must not be that of local or of a user of Slack',
  ),
})
export type PersonLine = z.infer<typeof PersonLine>

const SlackUserLine = z.object({
  type: z.literal('slack_user'),
  team_id: Name.min(1),
  user_id: Name.min(1),
  role_id: Id,
  chosen_at: Time,
})
export type SlackUserLine = z.infer<typeof SlackUserLine>

const RoleLine = z.object({
  type: z.literal('role'),
  id: Id,
  name: Name.min(1),
  instructions: z.string(),
  params: Params,
  revision: Small,
  created_at: Time,
  updated_at: Time,
})
export type RoleLine = z.infer<typeof RoleLine>

const RevisionLine = z.object({
  type: z.literal('role_revision'),
  role_id: Id,
  revision: Small,
  name: Name,
  instructions: z.string(),
  params: Params,
  created_at: Time,
})
export type RevisionLine = z.infer<typeof RevisionLine>

const SessionLine = z.object({
  type: z.literal('session'),
  id: Id,
  owner: Name.min(1).optional(),
  title: Name,
  model: Name.nullable(),
  role_id: Id.nullable(),
  plan: Plan.nullable(),
  params: Params,
  next_seq: Seq,
  forked_from: Id.nullable(),
  created_at: Time,
  updated_at: Time,
})
export type SessionLine = z.infer<typeof SessionLine>

const TurnLine = z.object({
  type: z.literal('turn'),
  id: Id,
  user_message_id: Id,
  status: Ended,
  model: Name,
  plan: Plan.nullable(),
  role_id: Id.nullable(),
  role_name: Name.nullable(),
  role_revision: Small.nullable(),
  idempotency_key: Name.nullable(),
  request_hash: z
    .string()
    .regex(/^\\x(?:[0-9a-f]{2})*$/)
    .nullable(),
  usage: Used,
  problem: Problem.nullable(),
  params: Params,
  retry_of: Id.nullable(),
  created_at: Time,
  finished_at: Time,
  spend: z
    .object({
      at: Time,
      cost_usd: z.string().regex(/^\d{1,12}(\.\d{1,40})?$/),
      cost_estimated: z.boolean(),
    })
    .nullable(),
})
export type TurnLine = z.infer<typeof TurnLine>

const MessageLine = z.object({
  type: z.literal('message'),
  id: Id,
  seq: Seq,
  role: z.enum(['user', 'assistant']),
  kind: Kind,
  content: z.string(),
  status: Ended,
  turn_id: Id.nullable(),
  variant_of: Id.nullable(),
  model: Name.nullable(),
  reasoning: z.string().nullable(),
  usage: Used,
  finish_reason: Name.nullable(),
  error_code: Code.nullable(),
  lifted_role: Json.nullable(),
  created_at: Time,
})
export type MessageLine = z.infer<typeof MessageLine>

/** What goes on a message's text that was too long for its line. */
const TextLine = z.object({
  type: z.literal('text'),
  message_id: Id,
  part: z.enum(['content', 'reasoning']),
  text: z.string(),
})
export type TextLine = z.infer<typeof TextLine>

const SessionEnd = z.object({
  type: z.literal('session_end'),
  turns: Small,
  messages: Small,
  sha256: Hash,
})

const End = z.object({
  type: z.literal('end'),
  people: Small.default(0),
  slack_users: Small.default(0),
  roles: Small,
  role_revisions: Small,
  sessions: Small,
  turns: Small,
  messages: Small,
  sha256: Hash,
})

export const Line = z.discriminatedUnion('type', [
  PersonLine,
  SlackUserLine,
  RoleLine,
  RevisionLine,
  SessionLine,
  TurnLine,
  MessageLine,
  TextLine,
  SessionEnd,
  End,
])
export type Line = z.infer<typeof Line>
