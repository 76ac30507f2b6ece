import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { stripSgr } from '../../cli/text/width.js'
import { notice } from '../../cli/tui/effects/deps.js'
import { collect } from '../support/daemon.js'
import { eventually } from '../support/eventually.js'
import { type ChatUnderTest, startChat } from './chat-under-test.js'

/** A chat with one question that was answered by model `ok`, and whose session has this model now. */
async function startAnswered(model: string): Promise<{ chat: ChatUnderTest; id: string }> {
  const chat = await startChat()
  const { id } = await chat.make('ok')
  await collect(await chat.other.chat(id, { message: 'Why?' }, { idempotencyKey: randomUUID() }))
  await chat.sessions.open(await chat.other.patchSession(id, { model }))
  expect(chat.shown()).toEqual(['user: Why?', 'assistant: Hello, world.'])
  return { chat, id }
}

/** What is on the screen, without styles. */
const drawn = ({ deps }: ChatUnderTest): string =>
  deps.transcript.draw().lines.map(stripSgr).join('\n')

/** That the messages shown are those that the daemon shows. */
async function expectAsKept(chat: ChatUnderTest, id: string): Promise<void> {
  const kept = await chat.other.listMessages(id)
  const entries = chat.deps.transcript.entries()
  const shown = entries.flatMap((entry) => (entry.kind === 'message' ? [entry.message] : []))
  const facts = (list: typeof kept) =>
    list.map(({ id, seq, content, variants }) => ({ id, seq, content, variants }))
  expect(facts(shown).filter(({ content }) => content !== 'Why?')).toEqual(
    facts(kept).filter(({ content }) => content !== 'Why?'),
  )
}

test('the new answer stands where the old one stood, and says that it is the second', async () => {
  const { chat, id } = await startAnswered('gate+again')
  notice(chat.deps, 'Said since.')
  chat.sessions.turns.retry()
  expect(chat.shown()).toEqual(['user: Why?', 'info: Said since.'])
  const call = await chat.upstream.waitFor('gate+again')
  call.release('Because')
  await eventually(() => expect(chat.deps.transcript.live()).toMatchObject({ characters: 7 }))
  expect(drawn(chat)).toMatch(
    /Why\?\n\n◆ gate\+again +2nd answer · answering\n {2}Because\n\n· Said/,
  )
  call.finish()
  await chat.idle()
  expect(chat.shown()).toEqual(['user: Why?', 'assistant: Because', 'info: Said since.'])
  expect(drawn(chat)).toMatch(/◆ gate\+again +2nd answer · \d+\.\ds · 9 tok\n/)
  await expectAsKept(chat, id)
  await chat.other.patchSession(id, { model: 'ok' })
  chat.sessions.turns.retry()
  await chat.idle()
  await expectAsKept(chat, id)
  expect(drawn(chat)).toContain('3rd answer · ')
})

test('one that brings nothing leaves the old answer where it was, and says why', async () => {
  const { chat, id } = await startAnswered('status-400')
  notice(chat.deps, 'Said since.')
  chat.sessions.turns.retry()
  await chat.idle()
  expect(chat.shown()).toEqual([
    ...['user: Why?', 'assistant: Hello, world.', 'info: Said since.'],
    expect.stringMatching(
      /^warn: No new answer: .+400.*\nChange what .+\nThe one before is shown again\.$/,
    ),
  ])
  await expectAsKept(chat, id)
  await chat.other.patchSession(id, { model: 'gate+stop' })
  chat.sessions.turns.retry()
  await chat.upstream.waitFor('gate+stop')
  await eventually(() => expect(chat.state.turn?.turnId).toBeDefined())
  await chat.sessions.turns.stop()
  await chat.idle()
  expect(chat.shown().slice(0, 2)).toEqual(['user: Why?', 'assistant: Hello, world.'])
  expect(chat.shown().at(-1)).toBe(
    'warn: No new answer: it was stopped\nThe one before is shown again.',
  )
})

test('one that brings a part of an answer gives way to a whole one, and stands over a part', async () => {
  const { chat } = await startAnswered('cut-mid')
  chat.sessions.turns.retry()
  await chat.idle()
  expect(chat.shown()).toEqual([
    ...['user: Why?', 'assistant: Hello, world.'],
    expect.stringMatching(/^warn: No whole answer: .+\n.+\nThe one before is shown again\.$/),
  ])
  const part = await chat.make('cut-mid+part')
  await collect(
    await chat.other.chat(part.id, { message: 'Why?' }, { idempotencyKey: randomUUID() }),
  )
  await chat.sessions.open(await chat.other.patchSession(part.id, { model: 'cut-mid+again' }))
  chat.sessions.turns.retry()
  await chat.idle()
  expect(chat.shown()).toEqual(['user: Why?', 'assistant: Hello there (failed)'])
  await expectAsKept(chat, part.id)
})

test('while an answer runs, and where there is none yet, it is refused', async () => {
  const { chat, id } = await startAnswered('gate+busy')
  chat.sessions.turns.retry()
  await chat.upstream.waitFor('gate+busy')
  chat.sessions.turns.retry()
  expect(chat.shown().at(-1)).toBe('warn: An answer is running; Esc stops it.')
  await chat.other.stopSession(id)
  await chat.idle()
  await chat.sessions.create()
  chat.sessions.turns.retry()
  expect(chat.shown()).toEqual(['warn: There is no answer yet.'])
  expect(chat.upstream.hits('gate+busy')).toBe(1)
})

test('what another client has asked since is shown instead', async () => {
  const { chat, id } = await startAnswered('ok')
  await collect(await chat.other.chat(id, { message: 'And?' }, { idempotencyKey: randomUUID() }))
  chat.sessions.turns.retry()
  await eventually(() =>
    expect(chat.shown()).toEqual([
      ...['user: Why?', 'assistant: Hello, world.', 'user: And?', 'assistant: Hello, world.'],
      'info: Another client was quicker to ask here.',
    ]),
  )
  expect(chat.state.turn).toBeUndefined()
  expect(chat.upstream.hits('ok')).toBe(2)
})

test('one that another client wants is followed here, in the place of the old answer', async () => {
  const { chat, id } = await startAnswered('gate+other')
  const stream = await chat.other.retry(id, {}, { idempotencyKey: randomUUID() })
  const call = await chat.upstream.waitFor('gate+other')
  call.release('Theirs')
  await chat.sessions.refresh()
  await eventually(() => expect(chat.deps.transcript.live()).toMatchObject({ characters: 6 }))
  expect(chat.shown()).toEqual(['user: Why?'])
  expect(drawn(chat)).toMatch(/◆ gate\+other +2nd answer · answering\n {2}Theirs/)
  call.finish()
  await collect(stream)
  await chat.idle()
  await expectAsKept(chat, id)
})

test('one that was never accepted leaves the old answer there', async () => {
  const { chat, id } = await startAnswered('ok')
  await chat.daemon.drain()
  chat.sessions.turns.retry()
  expect(chat.shown()).toEqual(['user: Why?'])
  await eventually(() => expect(chat.state.link.kind).toBe('lost'))
  await chat.sessions.turns.stop()
  expect(chat.shown()).toEqual(['user: Why?', 'assistant: Hello, world.'])
  expect(chat.state.turn).toBeUndefined()
  await expectAsKept(chat, id)
})
