import { Command } from 'commander'
import type { Client } from '../../shared/client/client.js'
import { attachAndFollow } from '../../shared/client/follow.js'
import type { TurnOutcome } from '../../shared/contract/event.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Session } from '../../shared/contract/session.js'
import { createAnswer, openOutput } from '../ask/answer.js'
import { followingInto } from '../ask/following.js'
import { afterText, finish } from '../ask/outcome.js'
import type { ClientConfig } from '../config.js'
import { withClient } from '../connect.js'
import { pickSession } from '../input/pick.js'
import { openChat } from '../open-chat.js'

export function attachCommand(): Command {
  return new Command('attach')
    .summary('pick up an answer that is running')
    .description(
      'Opens the chat in a session, with the answer that is running there from its beginning. Where ' +
        'there is no terminal to chat on, that answer (else the last one) is printed to its end, as c2a ask ' +
        'prints it, with the same exit codes. Ctrl+C there stops nothing but the printing.',
    )
    .argument(
      '[session]',
      'the id or its beginning; default: one that is answering, else the latest',
    )
    .option('--plain', 'a line at a time, for screen readers and dumb terminals')
    .action(attach)
}

async function attach(id: string | undefined, options: { plain?: boolean }): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    return withClient(async (client, config) => print(client, config, await find(client, id)))
  }
  const session = await withClient((client) => find(client, id))
  await openChat({ ...options, session: session.id })
}

/** One that is answering was updated when it began to: it is among the latest. */
const searched = 500

async function find(client: Client, id: string | undefined): Promise<Session> {
  if (id !== undefined) return pickSession(client, id)
  const sessions = await client.listSessions(searched)
  const session = sessions.find(({ live_turn_id }) => live_turn_id !== null) ?? sessions[0]
  if (session !== undefined) return session
  throw new ProblemError('not_found', 'there is no session to attach to', {
    hint: 'c2a opens one.',
  })
}

async function print(client: Client, config: ClientConfig, session: Session): Promise<void> {
  const turnId = session.live_turn_id ?? (await lastTurn(client, session))
  const answer = createAnswer(() => openOutput({}, config.env))
  let outcome: TurnOutcome
  try {
    outcome = await attachAndFollow({ ...followingInto(answer, config, client), turnId })
  } catch (error) {
    throw afterText(error, answer.text)
  } finally {
    await answer.end()
  }
  finish(outcome, answer.text, { save: true })
}

/** Messages that are looked through for the last answer; one written by hand belongs to none. */
const looked = 50

async function lastTurn(client: Client, { id, title }: Session): Promise<string> {
  const { items } = await client.pageMessages(id, looked)
  const turnId = items.findLast(({ role }) => role === 'assistant')?.turn_id
  if (turnId !== undefined) return turnId
  throw new ProblemError('not_found', `nothing was answered in "${title}" yet`, {
    hint: `c2a ask -s ${id.slice(0, 8)} "a question" asks there.`,
  })
}
