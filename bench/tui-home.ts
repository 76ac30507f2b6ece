import { randomUUID } from 'node:crypto'
import type { Client } from '../shared/client/client.js'
import type { Script } from '../test/fakes/upstream/script-table.js'
import { done, finish, pause, role, type Step, text } from '../test/fakes/upstream/steps.js'
import { startUpstream } from '../test/fakes/upstream/upstream.js'
import { startDaemonHome } from './daemon-home.js'
import { type BenchTerminal, openBenchTerminal } from './tui-terminal.js'

/** A daemon that runs, with sessions in it. */
export interface BenchHome {
  /** A session with one short answer. */
  readonly short: string
  /** A session of 100 messages, more than 10,000 lines at 120 columns. */
  readonly long: string
  /** A new session without a message, of the model that answers 100 times a second. */
  empty(): Promise<string>
  /** What one streamed answer says, all of it. */
  readonly answer: string
  /** Opens the chat in a session. */
  chat(session: string): BenchTerminal
  /** Plain `c2a`, when this session was the last one used. */
  latest(session: string): Promise<BenchTerminal>
  /** A program on a pty that gives back each key: what the machine alone takes. */
  echo(): BenchTerminal
  /** `node -e 0` on a pty: ms from its start to its end. */
  floor(): Promise<number>
  close(): Promise<void>
}

const words = 'the quick brown fox jumps over a lazy dog while seven wizards box and judge'.split(
  ' ',
)
const deltas = 500
const characters = 2_400
const everyMs = 10
const turns = 50
const echo = 'process.stdin.setRawMode(true).pipe(process.stdout);console.log("ready")'
const paragraphs = 70

/** Prose in paragraphs of about `sentence` words. */
function prose(length: number, wordsInParagraph: number): string {
  let made = ''
  for (let i = 0; made.length < length; i++) {
    const isLast = i % wordsInParagraph === wordsInParagraph - 1
    made += `${words[(i * 7 + Math.floor(i / 5)) % words.length]}${isLast ? '.\n\n' : ' '}`
  }
  return made.slice(0, length)
}

/** The text in pieces of one length, one every 10 ms by the clock; a late one does not delay the rest. */
function* paced(whole: string, pieces: number): Iterable<Step> {
  yield role()
  const begin = performance.now()
  for (let i = 0; i < pieces; i++) {
    const wait = begin + i * everyMs - performance.now()
    if (wait > 0) yield pause(wait)
    const at = (n: number): number => Math.round((whole.length * n) / pieces)
    yield text(whole.slice(at(i), at(i + 1)))
  }
  yield finish()
  yield done()
}

function* atOnce(whole: string): Iterable<Step> {
  yield role()
  yield text(whole)
  yield finish()
  yield done()
}

export async function createBenchHome(): Promise<BenchHome> {
  const answer = prose(characters, 80)
  const page = prose(paragraphs * 400, 75)
  const scripts: Record<string, Script> = {
    paced: { steps: () => paced(answer, deltas) },
    endless: { steps: () => paced(prose(characters * 40, 80), deltas * 40) },
    page: { steps: () => atOnce(page) },
    brief: { steps: () => atOnce(answer) },
  }
  const upstream = await startUpstream({ scripts, models: Object.keys(scripts) })
  const { client, env, launcher, close } = startDaemonHome(upstream.url)
  const newSession = async (model: string): Promise<string> =>
    (await client.createSession({ model })).id
  // Enough for the pane of sessions to be full.
  for (let i = 0; i < 20; i++) await ask(client, await newSession('brief'), `Question ${i}`)
  const long = await newSession('page')
  for (let i = 0; i < turns; i++) await ask(client, long, `Question ${i}`)
  await client.patchSession(long, { model: 'paced' })
  const short = await newSession('brief')
  await ask(client, short, 'A question')
  await client.patchSession(short, { model: 'paced' })
  return {
    short,
    long,
    empty: () => newSession('paced'),
    answer,
    chat: (session) => openBenchTerminal([launcher, '-s', session], env),
    async latest(session) {
      await client.patchSession(session, { model: 'paced' })
      return openBenchTerminal([launcher], env)
    },
    echo: () => openBenchTerminal(['-e', echo], env),
    async floor() {
      const terminal = openBenchTerminal(['-e', '0'], env)
      await terminal.exit
      return performance.now() - terminal.startedAt
    },
    async close() {
      close()
      await upstream.close()
    },
  }
}

async function ask(client: Client, session: string, message: string): Promise<void> {
  const stream = await client.chat(session, { message }, { idempotencyKey: randomUUID() })
  for await (const events of stream) {
    const failed = events.find(({ event }) => event === 'turn.failed')
    if (failed) throw new Error(`${message}: ${JSON.stringify(failed.data)}`)
  }
}
