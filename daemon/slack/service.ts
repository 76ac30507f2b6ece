import { ProblemError } from '../../shared/contract/problem.js'
import type { Log } from '../log.js'
import type { Secret } from '../secret.js'
import type { SlackStore } from '../store/slack.js'
import { type AskDeps, askModel } from './ask.js'
import { createAsking } from './asking.js'
import { type Command, isCertificateCheck, readCommand } from './command.js'
import type { Hooks, Reply } from './hooks.js'
import { escaped, oneLine } from './mrkdwn.js'
import { listRoles, selectRole, whisper } from './roles.js'
import { isCurrent, type SignedRequest, signatureOf } from './signature.js'

export interface SlackDeps extends AskDeps {
  secret: Secret
  store: SlackStore
  hooks: Hooks
  log: Log
  /** Questions of one user. */
  requestsPerMinute: number
  now?: () => number
}

export type Slack = ReturnType<typeof createSlack>

/** Slack waits three seconds, and people a little less: what takes longer is posted when it is there, ms. */
const patienceMs = 600

const ask = '/ask'
const known = 'I know `/roles`, `/role <name>` and `/ask <text>`.'

const refused = (why: string): ProblemError =>
  new ProblemError('unauthorized', why, {
    hint: "SLACK_SIGNING_SECRET must be the app's signing secret, and the clock right within five minutes.",
  })

/** Answers the slash commands of Slack. */
export function createSlack(deps: SlackDeps) {
  const { secret, store, hooks, log, now = Date.now } = deps
  const asking = createAsking(deps.requestsPerMinute)
  const end = new AbortController()
  const pending = new Set<Promise<void>>()

  /** Goes on when the request has been answered. */
  const later = (work: Promise<void>): void => {
    const guarded = work
      .catch((error: Error) => log.error({ error: error.message }, 'a Slack command failed'))
      .finally(() => pending.delete(guarded))
    pending.add(guarded)
  }

  const respond = async (
    signature: Buffer,
    body: Uint8Array,
    command?: Command,
  ): Promise<Reply> => {
    if (!(await store.isNew(signature))) throw refused('this request of Slack was taken already')
    if (command !== undefined) return run(command)
    return whisper(isCertificateCheck(body) ? '' : 'This is no slash command.')
  }

  const run = async (command: Command): Promise<Reply> => {
    if (command.name === '/roles') return listRoles(store, command)
    if (command.name === '/role') return selectRole(store, command)
    if (command.name === ask) return beginToAsk(command)
    return whisper(`I do not know \`${escaped(oneLine(command.name, 40))}\`. ${known}`)
  }

  const beginToAsk = async (command: Command): Promise<Reply> => {
    const { text, responseUrl } = command
    if (text === '') return whisper(`What do you want to know? \`${ask} <text>\``)
    if (responseUrl === undefined || !hooks.mayPost(responseUrl)) {
      return whisper('This request names no address of Slack to post the answer to.')
    }
    const done = asking.begin(command)
    if (typeof done === 'string') return whisper(done)
    const role = await store.chosenRole(command).catch((error: unknown) => {
      done()
      throw error
    })
    const answer = askModel(deps, command, role, end.signal)
      .catch((error: unknown) => failure(error, log))
      .finally(done)
    later(answer.then((reply) => hooks.send(responseUrl, reply, AbortSignal.timeout(30_000))))
    const as = role === undefined ? '' : ` as *${escaped(oneLine(role.name, 100))}*`
    return whisper(`Asking${as} …`)
  }

  return {
    /** Whether it is worth reading the body of such a request. Throws ProblemError `unauthorized`. */
    checkTime(timestamp: string | undefined): void {
      if (!isCurrent(timestamp, now())) throw refused('the timestamp is not of now')
    },

    /**
     * What to answer, within a second; what takes longer is posted later. Throws ProblemError
     * `unauthorized` and nothing else: Slack shows no answer that is not a 200.
     */
    async handle(request: SignedRequest): Promise<Reply> {
      const signature = signatureOf(secret, request, now())
      if (signature === undefined) throw refused('the signature of Slack is missing or wrong')
      const command = readCommand(request.body)
      const reply = respond(signature, request.body, command).catch((error: unknown) => {
        if (error instanceof ProblemError && error.code === 'unauthorized') throw error
        return failure(error, log)
      })
      const first = await within(patienceMs, reply)
      if (first !== undefined) return first
      const posted = reply.then(
        (late) => hooks.send(command?.responseUrl, late, AbortSignal.timeout(30_000)),
        // Taken already: whoever sent it has had the answer.
        () => undefined,
      )
      later(posted)
      return whisper('One moment …')
    },

    /** Lets what is answered yet be posted for `graceMs`, then leaves it. */
    async drain(graceMs: number): Promise<void> {
      const posted = Promise.all(pending).then(() => true)
      if ((await within(graceMs, posted)) === undefined) end.abort()
    },
  }
}

/** In words for people who know no daemon. What is not ours to tell goes to the log. */
function failure(error: unknown, log: Log): Reply {
  if (error instanceof ProblemError) {
    return whisper(`That did not work: ${escaped(oneLine(error.message))}`)
  }
  log.error({ error: error instanceof Error ? error.stack : String(error) }, 'Slack: failed')
  return whisper('Something went wrong in the daemon; its log says more.')
}

async function within<Result>(ms: number, work: Promise<Result>): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
