import type { SlackUser } from '../store/slack.js'
import { storable } from '../text-gate.js'

/** What somebody has typed into Slack. */
export interface Command extends SlackUser {
  /** With its slash, in small letters. */
  name: string
  /** What follows it. */
  text: string
  /** Where an answer may be posted later. */
  responseUrl: string | undefined
}

/** Slack's ids: they become part of an owner's name. */
const id = /^[A-Z0-9]{1,32}$/

/** Reads the form that Slack posts; undefined when it is none of a slash command. */
export function readCommand(body: Uint8Array): Command | undefined {
  const form = new URLSearchParams(Buffer.from(body).toString('utf8'))
  const read = (key: string): string => storable(form.get(key) ?? '').trim()
  const [teamId, userId, name] = [read('team_id'), read('user_id'), read('command')]
  if (!id.test(teamId) || !id.test(userId) || !name.startsWith('/')) return undefined
  return {
    teamId,
    userId,
    name: name.toLowerCase(),
    text: unescaped(read('text')),
    responseUrl: read('response_url') || undefined,
  }
}

/** Slack writes these three as entities, and no others: this is what was typed. */
function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

/** Slack's own check of the certificate, which wants nothing but a 200. */
export function isCertificateCheck(body: Uint8Array): boolean {
  return new URLSearchParams(Buffer.from(body).toString('utf8')).get('ssl_check') === '1'
}
