import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { TurnEvent } from '../../../shared/contract/event.js'
import { ProblemError } from '../../../shared/contract/problem.js'
import { DOCUMENTS } from '../../text/fixtures/documents.js'
import { loadHighlighter } from '../../text/highlight.js'
import { stripSgr } from '../../text/width.js'
import {
  delta,
  notice,
  outcome,
  reasoning,
  screen,
  started,
  theme,
  transcriptOf,
} from './fixtures/transcript.js'
import type { Transcript } from './transcript.js'

beforeAll(loadHighlighter)

function running(options: Parameters<typeof transcriptOf>[0] = {}): Transcript {
  const transcript = transcriptOf(options)
  transcript.begin({ startedAt: 1_000, model: 'gpt-4o' })
  return transcript
}

function phase(kind: 'plan' | 'answer', id: string, model: string): TurnEvent {
  return { event: 'phase', data: { phase: kind, message_id: id, model } }
}

const told = { id: 'a1', seq: 2, kind: 'chat', status: 'complete', model: 'gpt-4o' } as const
const usage = { prompt_tokens: 1, completion_tokens: 212, total_tokens: 213 }

describe('a running answer', () => {
  it('says what it does, from waiting to the end', () => {
    const transcript = running()
    const header = (state: string) => `◆ gpt-4o${state.padStart(52)}`
    expect(screen(transcript)).toBe('◆ gpt-4o\n  …')
    expect(transcript.live()).toMatchObject({ phase: 'waiting', startedAt: 1_000 })

    transcript.take([started(), reasoning('h'.repeat(1_200))])
    expect(screen(transcript)).toBe(`${header('thinking')}\n  ∴ thinking… 1.2k characters`)
    expect(transcript.live()).toMatchObject({ phase: 'thinking', reasoningCharacters: 1_200 })

    transcript.take([delta('It '), delta('*is*.')])
    const thought = '  ∴ thought, 1.2k characters (F5 shows it)'
    expect(screen(transcript)).toBe([header('answering'), thought, '  It is.'].join('\n'))
    expect(transcript.live()).toMatchObject({ phase: 'answering', characters: 8 })

    transcript.take([{ event: 'usage', data: usage }])
    const done = outcome('complete', {
      ...{ messages: [{ ...told, finish_reason: 'stop', length: 8 }], elapsed_ms: 3_140 },
    })
    const entries = transcript.finish(done)
    expect(screen(transcript)).toBe([header('3.1s · 212 tok'), thought, '  It is.'].join('\n'))
    expect(transcript.live()).toBeUndefined()
    expect(transcript.entries()).toEqual(entries)
    expect(entries).toMatchObject([
      {
        message: {
          id: 'a1',
          content: 'It *is*.',
          status: 'complete',
          seq: 2,
          turn_id: 't1',
          elapsed_ms: 3_140,
          usage,
        },
      },
    ])
  })

  it('shows the whole reasoning as it comes, when it is asked for', () => {
    const transcript = running()
    transcript.toggleReasoning()
    transcript.take([reasoning('One.\nTw'), reasoning('o.')])
    expect(screen(transcript).split('\n').slice(1)).toEqual([
      ...['  ∴ thinking… 9 characters', '  │ One.', '  │ Two.'],
    ])
    transcript.take([delta('So.')])
    expect(screen(transcript).split('\n').slice(2)).toEqual(['  │ One.', '  │ Two.', '', '  So.'])
  })

  it('keeps a warning under its text, also when it has ended', () => {
    const transcript = running()
    transcript.take([
      { event: 'warning', data: { code: 'context', detail: 'The context is nearly full.' } },
      delta('Yes.'),
    ])
    const lines = ['  Yes.', '  ! The context is nearly full.']
    expect(screen(transcript).split('\n').slice(1)).toEqual(lines)
    transcript.finish(outcome('complete'))
    expect(screen(transcript).split('\n').slice(1)).toEqual(lines)
  })

  it('says what broke it, with its hint', () => {
    const transcript = running()
    transcript.take([started(), delta('Half')])
    const problem = new ProblemError('stream_truncated', undefined, {
      hint: 'Try again.',
    }).toProblem()
    transcript.finish(
      outcome('failed', {
        problem,
        messages: [{ ...told, status: 'failed', finish_reason: null, length: 4 }],
      }),
    )
    expect(screen(transcript).split('\n').slice(1)).toEqual([
      ...['  Half', '  ✗ stream_truncated: The answer was cut off', '  Try again.'],
    ])
    expect(transcript.entries()).toMatchObject([{ message: { error_code: 'stream_truncated' } }])
  })

  it('takes the name of the model that answered in the end', () => {
    const transcript = running()
    transcript.take([started('first'), delta('x')])
    transcript.finish(
      outcome('complete', {
        messages: [{ ...told, model: 'second', finish_reason: null, length: 1 }],
      }),
    )
    expect(screen(transcript)).toContain('◆ second')
  })

  it('is kept when its end never comes', () => {
    const transcript = running()
    transcript.take([started(), delta('Half')])
    expect(transcript.finish(undefined)).toMatchObject([{ message: { status: 'streaming' } }])
    expect(screen(transcript)).toContain('its end did not arrive here')
  })

  it('stands over what is said while it runs', () => {
    const transcript = running()
    transcript.append(notice('Noted.'))
    transcript.take([delta('Yes.')])
    const text = ['  Yes.', '', '· Noted.']
    expect(screen(transcript).split('\n').slice(1)).toEqual(text)
    transcript.finish(outcome('complete'))
    expect(screen(transcript).split('\n').slice(1)).toEqual(text)
    expect(transcript.entries().map(({ kind }) => kind)).toEqual(['message', 'notice'])
  })
})

describe('plan mode', () => {
  it('shows the plan and its answer as two blocks', () => {
    let now = 1_000
    const transcript = running({ now: () => now })
    const right = (left: string, text: string) => left + text.padStart(60 - left.length)
    transcript.take([started('gpt-4o', 'o3')])
    expect(screen(transcript)).toBe(`${right('◆ Plan · o3', 'planning')}\n│ …`)

    transcript.take([phase('plan', 'p1', 'o3'), delta('1. One\n2. Two')])
    expect(transcript.live()?.phase).toBe('planning')
    now = 3_000
    transcript.take([{ event: 'usage', data: usage }, phase('answer', 'a1', 'gpt-4o')])
    const plan = [right('◆ Plan · o3', '212 tok'), '│ 1. One', '│ 2. Two', '']
    const label = '◆ Implementation · gpt-4o'
    expect(screen(transcript).split('\n')).toEqual([...plan, label, '  …'])
    expect(transcript.live()).toMatchObject({ phase: 'waiting', characters: 13 })

    now = 4_500
    transcript.take([delta('Done.')])
    transcript.finish(
      outcome('complete', {
        elapsed_ms: 3_500,
        messages: [
          { ...told, id: 'p1', kind: 'plan', model: 'o3', finish_reason: null, length: 13 },
          { ...told, kind: 'answer', finish_reason: null, length: 5 },
        ],
      }),
    )
    expect(screen(transcript).split('\n')).toEqual([...plan, right(label, '3.5s'), '  Done.'])
    expect(
      transcript.entries().map((entry) => entry.kind === 'message' && entry.message.id),
    ).toEqual([...['p1', 'a1']])
  })

  it('shows only the plan when it failed', () => {
    const transcript = running()
    transcript.take([started('gpt-4o', 'o3'), phase('plan', 'p1', 'o3')])
    transcript.finish(
      outcome('stopped', {
        messages: [
          { ...told, id: 'p1', kind: 'plan', status: 'stopped', finish_reason: null, length: 0 },
        ],
      }),
    )
    expect(transcript.entries()).toHaveLength(1)
    expect(screen(transcript)).toContain('■ stopped')
  })
})

describe('an answer drawn bit by bit', () => {
  const documents = [...Object.values(DOCUMENTS), Object.values(DOCUMENTS).join('\n')]
  const kinds = fc.constantFrom('plan', 'answer', 'chat' as const)

  it('has the lines it has when it is opened later', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...documents),
        fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 8 }),
        kinds,
        fc.boolean(),
        fc.option(fc.integer({ min: 20, max: 80 }), { nil: undefined }),
        (document, sizes, kind, expanded, width) => {
          const height = 2_000
          const transcript = running({ height })
          let last = 60
          if (expanded) transcript.toggleReasoning()
          if (kind !== 'chat') transcript.take([phase(kind, 'a1', 'gpt-4o')])
          for (let at = 0, round = 0; at < document.length; round++) {
            const size = sizes[round % sizes.length] ?? 1
            transcript.take([reasoning(`${round} words\n`), delta(document.slice(at, at + size))])
            at += size
            if (round % 3 === 0) transcript.draw()
            if (round !== 5 || width === undefined) continue
            last = width
            transcript.resize(width, height)
          }
          transcript.draw()
          const later = transcriptOf({ width: last, height })
          if (expanded) later.toggleReasoning()
          later.open(transcript.finish(outcome('stopped')))
          expect(transcript.draw().lines).toEqual(later.draw().lines)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('keeps its lines on the screen when it ends', () => {
    const transcript = running({ height: 2_000 })
    transcript.take([started()])
    for (const text of documents.join('\n').match(/[\s\S]{1,200}/g) ?? []) {
      transcript.take([delta(text)])
      transcript.draw()
    }
    transcript.take([delta('\n\nThe end.')])
    const [, ...before] = transcript.draw().lines
    transcript.finish(outcome('complete'))
    const [, ...after] = transcript.draw().lines
    expect(after).toEqual(before)
  })

  it('is drawn when it is looked at, not when it comes', () => {
    let looks = 0
    const tokens = Object.defineProperty({ ...theme.tokens }, 'del', {
      get: () => {
        looks++
        return '9'
      },
    })
    const transcript = running({ theme: { ...theme, tokens } })
    transcript.draw()
    for (let i = 0; i < 100; i++) transcript.take([delta('~~x~~\n\n')])
    expect(looks).toBe(0)
    const drawing = transcript.draw()
    const once = looks
    expect(once).toBeGreaterThan(0)
    expect(transcript.draw()).toBe(drawing)
    transcript.take([delta('~~y~~')])
    transcript.draw()
    expect(looks - once).toBeLessThan(10)
  })

  it('goes on as plain text when it cannot be drawn', () => {
    const tokens = Object.defineProperty({ ...theme.tokens }, 'del', {
      get: () => {
        throw new RangeError('too deep')
      },
    })
    const transcript = running({ theme: { ...theme, tokens } })
    transcript.take([delta('a **b**\n\n')])
    expect(screen(transcript)).toContain('  a b')
    transcript.take([delta('c ~~d~~ and ')])
    expect(screen(transcript)).toContain('  a **b**\n\n  c ~~d~~ and')
    transcript.take([delta('more')])
    transcript.draw()
    transcript.finish(outcome('complete'))
    expect(transcript.draw().lines.map(stripSgr)[3]).toBe('  c ~~d~~ and more')
  })
})
