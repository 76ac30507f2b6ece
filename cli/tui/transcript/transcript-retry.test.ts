import { describe, expect, it } from 'vitest'
import {
  answer,
  delta,
  notice,
  outcome,
  question,
  screen,
  started,
  transcriptOf,
} from './fixtures/transcript.js'
import type { Transcript } from './transcript.js'

const plan = answer({ id: 'p0', kind: 'plan', content: 'Think.' })
const old = answer({ id: 'a0', kind: 'answer', content: 'Old.' })

/** A plan with its answer and a notice under it, that is being answered again. */
function answering(): Transcript {
  const transcript = transcriptOf({ retryKeys: 'tab, then r' })
  transcript.open([question('Why?'), plan, old, notice('Noted.')])
  transcript.begin({ startedAt: 1_000, replaces: ['p0', 'a0'], variants: 1 })
  return transcript
}

const told = { id: 'a1', seq: 5, kind: 'chat', finish_reason: 'stop', length: 4 } as const
const done = outcome('complete', {
  elapsed_ms: 3_100,
  messages: [{ ...told, status: 'complete', model: 'gpt-4o' }],
})
const body = (transcript: Transcript): string[] => screen(transcript).split('\n').slice(3)

describe('an answer that is given again', () => {
  it('stands where the older one stood, from its first moment', () => {
    const transcript = answering()
    expect(body(transcript)).toEqual([
      `◆ Answer${'2nd answer'.padStart(52)}`,
      ...['  …', '', '· Noted.'],
    ])
    transcript.take([started(), delta('New.')])
    expect(body(transcript)).toEqual([
      `◆ gpt-4o${'2nd answer · answering'.padStart(52)}`,
      ...['  New.', '', '· Noted.'],
    ])
    expect(transcript.finish(done)).toMatchObject([{ message: { content: 'New.', variants: 1 } }])
    expect(body(transcript)).toEqual([
      `◆ gpt-4o${'2nd answer · 3.1s'.padStart(52)}`,
      ...['  New.', '', '· Noted.'],
    ])
  })

  it.each([
    ['that was not accepted', (transcript: Transcript) => transcript.withdraw()],
    [
      'that the daemon has taken back',
      (transcript: Transcript) => {
        transcript.take([started()])
        transcript.finish(outcome('failed', { restored_turn_id: 't0' }))
      },
    ],
  ])('%s leaves everything as it was', (_, end) => {
    const transcript = answering()
    const before = [question('Why?'), plan, old, notice('Noted.')]
    end(transcript)
    expect(transcript.entries()).toEqual(before)
    const untouched = transcriptOf({ retryKeys: 'tab, then r' })
    untouched.open(before)
    expect(screen(transcript)).toBe(screen(untouched))
    expect(transcript.live()).toBeUndefined()
  })

  it('moves nothing that somebody reads under it, however often its height changes', () => {
    const transcript = transcriptOf({ height: 4 })
    const later = Array.from({ length: 30 }, (_, index) =>
      notice(`Note ${index}.`, 'info', `${index}`),
    )
    transcript.open([question('Why?'), plan, old, ...later])
    transcript.scroll(-20)
    const seen = screen(transcript)
    transcript.begin({ startedAt: 1_000, replaces: ['p0', 'a0'], variants: 1 })
    expect(screen(transcript)).toBe(seen)
    transcript.take([started('a', 'p'), delta('One.\n\nTwo.')])
    expect(screen(transcript)).toBe(seen)
    transcript.withdraw()
    expect(screen(transcript)).toBe(seen)
  })
})

describe('the hint how to answer again', () => {
  const broken = answer({ status: 'stopped', content: 'Half' })
  const hint = '  tab, then r: answer again'

  it('stands under the last answer, when that did not get to its end', () => {
    const transcript = transcriptOf({ retryKeys: 'tab, then r' })
    for (const status of ['stopped', 'failed', 'interrupted'] as const) {
      transcript.open([question('Why?'), answer({ status }), notice('Noted.')])
      expect(body(transcript).slice(-3)).toEqual([hint, '', '· Noted.'])
    }
    transcript.open([question('Why?'), answer()])
    expect(screen(transcript)).not.toContain('answer again')
  })

  it('goes away when there is another message, or one on its way', () => {
    const transcript = transcriptOf({ retryKeys: 'tab, then r' })
    transcript.open([question('Why?'), broken])
    expect(body(transcript).at(-1)).toBe(hint)
    transcript.begin({ startedAt: 1_000 })
    expect(screen(transcript)).not.toContain('answer again')
    transcript.withdraw()
    expect(body(transcript).at(-1)).toBe(hint)
    transcript.append(question('And?', 'u2'))
    expect(screen(transcript)).not.toContain('answer again')
  })
})
