import { type Editor, editorOf, emptyEditor } from '../../cli/tui/composer/editor.js'
import type { Overlay } from '../../cli/tui/state/overlay.js'
import { emptyComposer, type Size } from '../../cli/tui/state/state.js'
import type { TurnEvent } from '../../shared/contract/event.js'
import type { Message } from '../../shared/contract/message.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { SearchHit } from '../../shared/contract/search.js'
import { between, hostileText, pick, pieces, type Random, randomOf } from './hostile.js'
import {
  entryOf,
  type Look,
  modelOf,
  moment,
  openStage,
  roleOf,
  type Stage,
  say,
  sessionOf,
  time,
  write,
} from './hostile-stage.js'

/** How often texts went into each place, and how many frames were judged. */
interface HostileReport {
  readonly strings: number
  readonly frames: number
  readonly sinks: Readonly<Record<Sink, number>>
}

export const sinks = [
  ...['message', 'streamed answer', 'stored answer', 'reasoning', 'plan', 'title', 'role name'],
  ...['role text', 'model name', 'error', 'hint', 'warning', 'notice'],
  ...['banner', 'queue', 'paste', 'filter', 'hit', 'snippet'],
] as const
type Sink = (typeof sinks)[number]

/** Texts that are in the lists at one time. */
const batch = 180
/** Texts that share a frame, each in other places of it. */
const together = 6
/** A stage is left after so many texts, so that a failure is found again in a short time. */
const perStage = 540

const looks: readonly [Look, ...Look[]] = [
  { level: 'truecolor', background: 'dark', ascii: false },
  { level: 'truecolor', background: 'light', ascii: false },
  { level: 'ansi16', background: 'dark', ascii: false },
  { level: 'mono', background: 'dark', ascii: false },
  { level: 'none', background: 'dark', ascii: true },
]
const sizes: readonly [Size, ...Size[]] = [
  { columns: 40, rows: 10 },
  { columns: 60, rows: 14 },
  { columns: 80, rows: 24 },
  { columns: 100, rows: 24 },
]
const harmless = 'a text'
/** Scenes under an overlay until they begin again. */
const scenes = 24
const statuses = ['complete', 'stopped', 'failed', 'interrupted', 'streaming'] as const

/**
 * Sends generated texts through every place of the view that shows text from outside, and throws
 * what is wrong with a frame with the seed that shows it again: `runHostile(seed, perStage)`.
 */
export async function runHostile(seed: number, strings: number): Promise<HostileReport> {
  const counted = Object.fromEntries(sinks.map((sink) => [sink, 0])) as Record<Sink, number>
  let done = 0
  let frames = 0
  for (let at = seed; done < strings; at++) {
    const random = randomOf(at)
    const stage = await openStage()
    const play = createPlay(stage, random, counted)
    const last = Math.min(strings, done + perStage)
    try {
      while (done < last) {
        const texts = Array.from({ length: Math.min(batch, last - done) }, () =>
          hostileText(random),
        )
        frames += await play(texts)
        done += texts.length
      }
    } catch (error) {
      throw new Error(`runHostile(${at}, ${perStage}) fails: ${reasonsOf(error)}`, { cause: error })
    } finally {
      stage.close()
    }
  }
  return { strings: done, frames, sinks: counted }
}

type Chrome = Readonly<Record<string, string>>

function createPlay(stage: Stage, random: Random, counted: Record<Sink, number>) {
  const { app, transcript } = stage
  let ids = 0
  const nextId = (): string => `m${ids++}`
  let group: readonly string[] = [harmless]
  let next = 0
  /** The next text of those that share the frame. */
  const use = (sink: Sink): string => {
    const text = group[next++ % group.length] ?? harmless
    if (text !== harmless) counted[sink] += 1
    return text
  }

  const lists = (texts: readonly string[]): void => {
    const names = (kind: string) => texts.map((text, index) => [`${kind}${index}`, text] as const)
    app.dispatch({
      type: 'sessions-listed',
      sessions: names('s').map(([id, title]) => sessionOf(id, { title })),
    })
    app.dispatch({
      type: 'roles-listed',
      roles: names('r').map(([id, text]) => roleOf(id, text, text)),
    })
    const data = texts.map((text) => modelOf(text, text))
    const catalogue = { data, stale: false, source: 'models', fetched_at: '' } as const
    app.dispatch({ type: 'models-listed', catalogue })
  }
  const session = (index: number): void => {
    const plan = { planning_model: use('model name'), answering_model: use('model name') }
    const settings = {
      ...{ title: use('title'), model: use('model name') },
      ...{ role_id: index % 3 === 2 ? null : `r${index}`, plan: index % 2 === 0 ? null : plan },
    }
    app.dispatch({ type: 'session-opened', session: sessionOf(`s${index}`, settings) })
  }
  const banner = (index: number): void => {
    app.dispatch({ type: 'hint', hint: undefined })
    app.dispatch({ type: 'link', link: { kind: 'online' } })
    app.dispatch({ type: 'queue-taken' })
    if (index % 3 === 0) app.dispatch({ type: 'hint', hint: use('banner') })
    if (index % 3 === 1) app.dispatch({ type: 'queued', text: use('queue') })
    if (index % 3 !== 2) return
    const problem = new ProblemError('db_unavailable', use('banner'))
    app.dispatch({ type: 'link', link: { kind: 'lost', problem, retryAt: moment + 3_000 } })
  }
  const paste = (): void => {
    app.dispatch({ type: 'composed', composer: emptyComposer })
    const bytes = Buffer.from(`\x1b[200~${asPasted(use('paste'))}\x1b[201~`)
    for (let at = 0; at < bytes.length; ) {
      const end = at + between(random, 1, bytes.length)
      stage.input(bytes.subarray(at, end))
      at = end
    }
  }
  const stored = (): void => {
    const kind = pick(random, ['chat', 'plan', 'answer'] as const)
    const status = pick(random, statuses)
    const entries = [
      () => entryOf({ id: nextId(), role: 'user', content: use('message') }),
      () =>
        entryOf(
          { ...asAnswer(), id: nextId(), kind, status, error_code: use('error') },
          { warnings: [use('warning')] },
        ),
      () => {
        const problem = new ProblemError('internal', use('error'), { hint: use('hint') })
        const why = { error_code: use('error'), problem: problem.toProblem() }
        return entryOf({ ...asAnswer(), id: nextId(), status: 'failed', ...why })
      },
    ]
    const from = between(random, 0, entries.length - 1)
    for (let step = 0; step < entries.length; step++) {
      const entry = entries[(from + step) % entries.length]
      if (entry !== undefined) transcript.append(entry())
    }
    say(stage, use('notice'), pick(random, ['info', 'warn', 'error']))
    transcript.prepend([entryOf({ id: nextId(), content: use('stored answer') })])
  }
  const asAnswer = (): Partial<Message> => ({
    content: use('stored answer'),
    reasoning: use('reasoning'),
    model: use('model name'),
  })
  const stream = (): void => {
    const model = use('model name')
    const isPlan = random() < 0.4
    const [planId, answerId] = [nextId(), nextId()]
    const plan = { planning_model: model, answering_model: model }
    const started = { turn_id: 't', session_id: 's', user_message_id: 'u', message_id: answerId }
    const events: TurnEvent[] = [
      { event: 'turn.started', data: { ...started, model, ...(isPlan && { plan }) } },
    ]
    const phase = (name: 'plan' | 'answer', message_id: string): void => {
      if (isPlan) events.push({ event: 'phase', data: { phase: name, message_id, model } })
    }
    const deltas = (event: 'delta' | 'reasoning', text: string): void => {
      for (const piece of pieces(random, text)) events.push({ event, data: { text: piece } })
    }
    phase('plan', planId)
    deltas('reasoning', use('reasoning'))
    if (isPlan) deltas('delta', use('plan'))
    phase('answer', answerId)
    deltas('delta', use('streamed answer'))
    if (random() < 0.3) {
      events.push({ event: 'warning', data: { code: 'c', detail: use('warning') } })
    }
    transcript.begin({ startedAt: moment, model })
    app.dispatch({ type: 'turn-began', turnId: 't', startedAt: moment })
    // In a few bites, as many as come between two frames.
    while (events.length > 0) transcript.take(events.splice(0, between(random, 1, 12)))
  }
  const finish = (): void => {
    const status = pick(random, ['complete', 'stopped', 'failed', 'interrupted'] as const)
    const fixed = { turn_id: 't', session_id: 's', messages: [], status }
    const problem = () =>
      new ProblemError('internal', use('error'), { hint: use('hint') }).toProblem()
    transcript.finish({ ...fixed, ...(status === 'failed' && { problem: problem() }) })
    app.dispatch({ type: 'turn-ended' })
  }
  const open = (scene: number): void => {
    const index = scene % scenes
    const filter = editorOf(use('filter').slice(0, 60))
    app.dispatch({ type: 'filtered', filter: undefined })
    const planner = use('model name')
    const picker = { kind: 'models', index, planner, answerer: planner } as const
    // As many as let every one but the first come by: others than these have some of the scenes.
    const overlays: readonly [Overlay, ...Overlay[]] = [
      { kind: 'search' },
      { ...picker, isFiltering: false, filter: emptyEditor },
      { kind: 'confirm', what: 'session', id: 's0', name: use('title'), under: undefined },
      { ...picker, isFiltering: true, filter },
      { kind: 'sessions' },
      { kind: 'roles' },
      { kind: 'confirm', what: 'role', id: 'r0', name: use('role name'), under: undefined },
      { kind: 'help', offset: index },
      { kind: 'search' },
      { kind: 'search' },
    ]
    const overlay = overlays[index % overlays.length] ?? overlays[0]
    if (overlay.kind === 'sessions' && index % 2 === 0) {
      app.dispatch({ type: 'filtered', filter: { editor: filter, isTyping: true } })
    }
    if (overlay.kind === 'search') search(filter, index % 2 === 0)
    app.dispatch({ type: 'overlay', overlay })
  }
  const search = ({ text }: Editor, fails: boolean): void => {
    const filter = editorOf(`${fails}${text}`)
    const { dispatch } = app
    const kind = { order: 'rank', session: undefined } as const
    dispatch({ type: 'search-changed', change: { editor: filter, isSure: true, index: 1 } })
    const query = { ...kind, q: filter.text.trim() }
    if (fails) return dispatch({ type: 'search-failed', query, text: use('error') })
    const hits = Array.from({ length: 5 }, () => hit())
    dispatch({ type: 'search-found', query, hits, older: 'next', isNext: false })
  }
  const hit = (): SearchHit => {
    const snippet = use('snippet')
    const at = () => between(random, 0, snippet.length + 2)
    return {
      ...{ session_id: 's0', session_title: use('hit'), message_id: nextId(), variant_of: null },
      ...{ role: 'assistant', kind: 'plan', model: use('model name'), created_at: time },
      ...{ snippet, matches: Array.from({ length: between(random, 0, 4) }, () => [at(), at()]) },
    }
  }
  const form = (scene: number): void => {
    const index = scene % scenes
    const overlay: Overlay = {
      ...{ kind: 'role-form', id: index % 2 === 0 ? undefined : 'r0' },
      field: (['name', 'instructions', 'parameters'] as const)[index % 3] ?? 'name',
      name: editorOf(use('role name').replace(/[\r\n\t]/g, ' ')),
      instructions: editorOf(use('role text')),
      parameters: editorOf(use('role name').replace(/[\r\n\t]/g, ' ')),
      before: { name: '', instructions: '', parameters: '' },
      error: { field: index % 4 < 2 ? 'name' : 'instructions', text: use('error') },
      ...{ isSaving: index % 5 === 0, isLeaving: index % 5 === 1 },
    }
    app.dispatch({ type: 'overlay', overlay })
  }

  const talk = (index: number): void => {
    app.dispatch({ type: 'overlay', overlay: undefined })
    app.dispatch({ type: 'focused', focus: 'composer' })
    session(index)
    paste()
    banner(index)
    stored()
    stream()
    if (index % 4 === 3) transcript.scroll(-between(random, 1, 8))
  }
  const rest = (index: number): void => {
    finish()
    if (index % 5 === 0) transcript.toggleReasoning()
    transcript.toTail()
    if (index % 3 === 0) mark()
    write(stage, '')
  }
  /** Something that was found, in pieces of what stands there and of another text. */
  const mark = (): void => {
    const found = transcript.entries().findLast(({ kind }) => kind === 'message')
    if (found?.kind !== 'message') return
    const { id, content } = found.message
    transcript.mark({ id, words: [...pieces(random, content).slice(0, 3), use('snippet')] })
  }
  /** Under an overlay or a menu; which one goes by the index. */
  const cover = (index: number): void => {
    if (index % 3 === 1) return form(index)
    app.dispatch({ type: 'overlay', overlay: undefined })
    app.dispatch({ type: 'hint', hint: undefined })
    if (index % 4 === 0) write(stage, index % 8 === 0 ? '/model ' : '/role ')
    else open(index)
  }
  const judge = async (): Promise<Chrome> => {
    const { wrong, chrome } = await stage.frame()
    judged += 1
    if (wrong !== undefined) throw new Error(wrong)
    return chrome
  }
  /** What stands around harmless texts, by scene: it has to stand around all others, too. */
  const rehearse = async (count: number): Promise<readonly Chrome[]> => {
    const expected: Chrome[] = []
    group = [harmless]
    for (let scene = 0; scene < count; scene++) {
      session(scene)
      banner(scene)
      cover(scene)
      expected.push(await judge())
      write(stage, '')
    }
    return expected
  }
  const compare = (seen: Chrome, expected: Chrome | undefined): void => {
    for (const [name, row] of Object.entries(expected ?? {})) {
      if (!(name in seen) || uncounted(seen[name]) === uncounted(row)) continue
      throw new Error(`${name}: ${JSON.stringify([seen[name], row])}`)
    }
  }
  let judged = 0

  return async (texts: readonly string[]): Promise<number> => {
    judged = 0
    const size = { columns: between(random, 40, 120), rows: between(random, 10, 40) }
    stage.dress(random() < 0.5 ? size : pick(random, sizes), pick(random, looks))
    transcript.open([])
    lists(texts.map(() => harmless))
    const expected = await rehearse(Math.min(scenes, texts.length))
    lists(texts)
    for (let index = 0; index * together < texts.length; index++) {
      group = texts.slice(index * together, (index + 1) * together)
      try {
        talk(index)
        await judge()
        rest(index)
        cover(index)
        compare(await judge(), expected[index % scenes])
      } catch (error) {
        throw new Error(`with ${JSON.stringify(group)}`, { cause: error })
      }
    }
    return judged
  }
}

/** A filter says how many it leaves, and that goes by what is typed. */
function uncounted(row: string | undefined): string | undefined {
  return row?.replace(/\(\d+\/(\d+)\) */, '(?/$1) ')
}

/** A terminal takes the marks of a paste out of what is pasted. */
function asPasted(text: string): string {
  let clean = text
  while (clean.includes('\x1b[201~')) clean = clean.replaceAll('\x1b[201~', '')
  return clean
}

function reasonsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${reasonsOf(error.cause)} ${error.message}`
}
