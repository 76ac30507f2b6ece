import { createRoute, json, problemResponses, z } from '../../shared/contract/common.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { readBytes } from '../http/body.js'
import { slackPath } from '../http/env.js'
import type { Routes } from './services.js'

/** Slack's own limits make a form of it much shorter. */
const maxFormBytes = 256 * 1024

const slackCommand = createRoute({
  method: 'post',
  path: slackPath,
  tags: ['slack'],
  summary: 'A slash command of Slack: signed instead of with a token; docs/slack.md',
  description: 'Only where SLACK_SIGNING_SECRET is set.',
  request: {
    body: {
      required: true,
      // No zod: what is checked is the signature over the raw bytes.
      content: { 'application/x-www-form-urlencoded': { schema: { type: 'object' } } },
    },
  },
  responses: {
    200: json(
      z.object({ response_type: z.enum(['ephemeral', 'in_channel']), text: z.string() }),
      'What Slack shows, failures too',
    ),
    ...problemResponses('payload_too_large', 'unsupported_media_type'),
  },
})

export const slackRoutes: Routes = (app, { slack }) => {
  if (slack === undefined) return
  app.openapi(slackCommand, async (c) => {
    const type = c.req.header('content-type') ?? ''
    if (!/^application\/x-www-form-urlencoded *(;|$)/i.test(type)) {
      throw new ProblemError('unsupported_media_type', 'the body must be a form', {
        hint: 'Slack sends "Content-Type: application/x-www-form-urlencoded".',
      })
    }
    const timestamp = c.req.header('x-slack-request-timestamp')
    slack.checkTime(timestamp)
    const body = await readBytes(c.req.raw.body, maxFormBytes)
    const signature = c.req.header('x-slack-signature')
    return c.json(await slack.handle({ timestamp, signature, body }), 200)
  })
}
