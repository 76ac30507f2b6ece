import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProblemError } from '../../../shared/contract/problem.js'
import { type Theme, themeFor } from '../../text/theme.js'
import { stripSgr, textWidth } from '../../text/width.js'
import type { Entry } from './entry.js'
import { answer, notice, question, screen, theme, transcriptOf } from './fixtures/transcript.js'

function shown(entry: Entry, options: Parameters<typeof transcriptOf>[0] = {}): string {
  const transcript = transcriptOf(options)
  transcript.open([entry])
  return screen(transcript)
}

const HEADER = '◆ gpt-4o'

describe('messages', () => {
  it('shows what the user typed as it is, with the time', () => {
    expect(shown(question('Is **this**\n  kept?'))).toBe(
      [
        '▸ You                                                  14:02',
        '  Is **this**',
        '    kept?',
      ].join('\n'),
    )
  })

  it('shows an answer as Markdown, with what it took', () => {
    const entry = answer({
      content: '# Sum\n\n- one\n- **two**',
      usage: { prompt_tokens: 1, completion_tokens: 212, total_tokens: 213 },
      elapsed_ms: 3_100,
    })
    expect(shown(entry)).toBe(
      [
        '◆ gpt-4o                                      3.1s · 212 tok',
        ...['  # Sum', '', '  • one', '  • two'],
      ].join('\n'),
    )
  })

  it('shows a plan under a bar and its answer under another header', () => {
    const transcript = transcriptOf()
    transcript.open([
      question('Do it'),
      answer({ id: 'p', kind: 'plan', model: 'o3', content: '1. One\n\nThen:\n\n- two' }),
      answer({ kind: 'answer', content: 'Done.' }),
    ])
    expect(screen(transcript).split('\n').slice(3)).toEqual([
      ...['◆ Plan · o3', '│ 1. One', '│', '│ Then:', '│', '│ • two', ''],
      ...['◆ Implementation · gpt-4o', '  Done.'],
    ])
  })

  it.each([
    ['length', 'the answer was cut at its token limit; ask it to go on'],
    ['content_filter', 'a content filter cut the answer; ask in other words'],
  ])('says of an answer that it was cut (%s), and what to do', (finish_reason, text) => {
    expect(shown(answer({ content: 'Half', finish_reason }))).toBe(
      [HEADER, '  Half', `  ! ${text}`].join('\n'),
    )
  })

  it('shows no implementation of a plan that failed or was stopped, and one that failed itself', () => {
    const headersOf = (plan: 'complete' | 'failed' | 'stopped', status: 'failed' | 'stopped') => {
      const transcript = transcriptOf()
      const empty = answer({ kind: 'answer', content: '', status })
      transcript.open([answer({ id: 'p', kind: 'plan', content: 'One', status: plan }), empty])
      return screen(transcript).match(/◆ \w+/g)
    }
    expect(headersOf('failed', 'failed')).toEqual(['◆ Plan'])
    expect(headersOf('stopped', 'stopped')).toEqual(['◆ Plan'])
    expect(headersOf('complete', 'failed')).toEqual(['◆ Plan', '◆ Implementation'])
  })

  it('paints headers in the accent colour and details dim', () => {
    const transcript = transcriptOf({ width: 30 })
    transcript.open([question('x')])
    expect(transcript.draw().lines[0]).toBe(
      `\u001b[1;38;5;75m▸ You\u001b[0m${' '.repeat(20)}\u001b[38;5;245m14:02\u001b[0m`,
    )
  })

  it('cuts a long model name and drops the details where there is no room', () => {
    const entry = answer({ model: 'provider/a-model-with-a-very-long-name', elapsed_ms: 100 })
    expect(shown(entry, { width: 30 }).split('\n')[0]).toBe('◆ provider/a-model-with…  0.1s')
    expect(shown(entry, { width: 16 }).split('\n')[0]).toBe('◆ provider/a-mo…')
  })

  it('keeps header and prose within what can be read on a wide terminal', () => {
    const [header = ''] = shown(question('x'), { width: 200 }).split('\n')
    expect(header).toHaveLength(112)
  })

  it('draws with ASCII only when the theme does', () => {
    const transcript = transcriptOf({ theme: themeFor('mono', { ascii: true }) })
    transcript.open([
      question('x'),
      answer({ id: 'p', kind: 'plan', reasoning: 'hm', status: 'stopped' }),
      ...[
        answer({ status: 'failed', error_code: 'internal' }),
        notice('a'),
        notice('b', 'error', 'n2'),
      ],
    ])
    expect(screen(transcript)).toMatch(/^[\x20-\x7e\n]*$/)
    expect(screen(transcript)).toContain('> You')
  })
})

describe('how an answer ended', () => {
  it.each([
    ['stopped', '  ■ stopped'],
    ['interrupted', '  ⚡ interrupted: the daemon ended; what had arrived is kept'],
    ['streaming', '  … its end did not arrive here'],
  ] as const)('is said under it: %s', (status, line) => {
    expect(shown(answer({ status }))).toBe([HEADER, '  Yes.', line].join('\n'))
  })

  it('is said with the title and the hint of the code that is stored', () => {
    expect(shown(answer({ status: 'failed', error_code: 'rate_limited' }))).toBe(
      [
        HEADER,
        '  Yes.',
        '  ✗ rate_limited: Too many requests',
        '  Wait a little and try again.',
      ].join('\n'),
    )
  })

  it('is said in the words of the problem when they are known, wrapped', () => {
    const detail = 'The provider failed:\nno capacity left for this model today'
    const problem = new ProblemError('upstream_error', detail, { hint: 'Wait.' }).toProblem()
    expect(shown(answer({ status: 'failed', content: '', problem }))).toBe(
      [
        HEADER,
        '  ✗ upstream_error: The provider failed: no capacity left',
        '    for this model today',
        '  Wait.',
      ].join('\n'),
    )
  })

  it('is said with a hint in the words of the chat, where a provider keeps its own', () => {
    const hint = 'Name one with -m MODEL.'
    const problem = new ProblemError('bad_request', 'use -m X', { hint }).toProblem()
    expect(shown(answer({ status: 'failed', content: '', problem }))).toBe(
      [HEADER, '  ✗ bad_request: use -m X', '  Name one with /model MODEL.'].join('\n'),
    )
  })

  it('is said by its code alone when a newer daemon has others', () => {
    expect(shown(answer({ status: 'failed', error_code: 'new_one' }))).toContain('  ✗ new_one')
    expect(shown(answer({ status: 'failed' }))).toContain('  ✗ failed')
  })

  it('is said when there is no text at all', () => {
    expect(shown(answer({ content: ' \n' }))).toBe([HEADER, '  the answer is empty'].join('\n'))
  })
})

describe('reasoning', () => {
  const entry = answer({ reasoning: `First.\n\n${'and so on '.repeat(130)}` })

  it('is one line until it is asked for', () => {
    const transcript = transcriptOf()
    transcript.open([entry])
    expect(screen(transcript).split('\n')).toEqual([
      ...[HEADER, '  ∴ thought, 1.3k characters (F5 shows it)', '  Yes.'],
    ])
    transcript.toggleReasoning()
    expect(screen(transcript).split('\n').slice(0, 5)).toEqual([
      ...[HEADER, '  ∴ thought, 1.3k characters (F5 hides it)', '  │ First.', '  │'],
      '  │ and so on and so on and so on and so on and so on and so',
    ])
    transcript.toggleReasoning()
    expect(screen(transcript).split('\n')).toHaveLength(3)
  })

  it('leaves the line at the top where it is', () => {
    const transcript = transcriptOf({ height: 10 })
    transcript.open([
      entry,
      answer({ id: 'a2', reasoning: 'x\n'.repeat(50), content: '- x\n'.repeat(40) }),
    ])
    transcript.scroll(-5)
    const before = screen(transcript)
    transcript.toggleReasoning()
    expect(screen(transcript)).toBe(before)
  })

  it('names no key where none is bound', () => {
    expect(shown(answer({ reasoning: 'hm' }), { reasoningKey: undefined } as never)).toContain(
      '∴ thought, 2 characters\n',
    )
  })
})

describe('notices', () => {
  it('have a mark, keep their lines and hang where they are wrapped', () => {
    const transcript = transcriptOf({ width: 30 })
    transcript.open([
      notice('one line that is long enough\nto be two'),
      notice('careful', 'warn', 'n2'),
      notice('broken', 'error', 'n3'),
    ])
    expect(screen(transcript).split('\n')).toEqual([
      ...['· one line that is long enough', '  to be two', '', '! careful', '', '✗ broken'],
    ])
  })
})

describe('text from outside', () => {
  it('never brings a control character or a line that is too wide', () => {
    const hostile = fc
      .array(
        fc.constantFrom(
          '\u001b[2J',
          '\u0007',
          '\u009b31m',
          '\r',
          '\n',
          '\t',
          '\u202e',
          '\ud800',
          'word ',
          '中',
          '`',
          '```js\n',
          '|a|b|\n|-|-|\n',
        ),
        { maxLength: 20 },
      )
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(hostile, fc.integer({ min: 2, max: 70 }), (text, width) => {
        const transcript = transcriptOf({ width })
        const status = 'failed'
        const problem = new ProblemError('internal', text, { hint: text }).toProblem()
        transcript.open([
          { ...question(text) },
          {
            ...answer({ content: text, model: text, reasoning: text, status, problem }),
            warnings: [text],
          },
          answer({ id: 'p', kind: 'plan', status, model: text, content: text, error_code: text }),
          notice(text, 'error'),
        ])
        for (let round = 0; round < 2; round++) {
          for (const line of transcript.draw().lines) {
            expect(stripSgr(line)).not.toMatch(/[\p{Cc}\p{Cs}\u202e]/u)
            expect(textWidth(line)).toBeLessThanOrEqual(width)
          }
          transcript.toggleReasoning()
        }
      }),
      { numRuns: 120 },
    )
  })

  it('is shown as it is when it cannot be drawn', () => {
    const broken: Theme = {
      ...theme,
      tokens: Object.defineProperty({ ...theme.tokens }, 'del', {
        get: () => {
          throw new RangeError('too deep')
        },
      }),
    }
    expect(shown(answer({ content: 'a ~~b~~ \u001b[2J' }), { theme: broken })).toBe(
      [HEADER, '  a ~~b~~ ␛[2J'].join('\n'),
    )
  })
})

describe('cost', () => {
  it('draws no more of many messages than what is seen', () => {
    let looks = 0
    const entries = Array.from({ length: 2_000 }, (_, index) => {
      const entry = answer({ id: `m${index}`, content: 'A line.\n\nAnd another.' })
      const { content } = entry.message
      return {
        ...entry,
        message: Object.defineProperty({ ...entry.message }, 'content', {
          get: () => {
            looks++
            return content
          },
        }),
      }
    })
    const transcript = transcriptOf()
    transcript.open(entries)
    transcript.draw()
    expect(looks).toBeGreaterThan(8)
    expect(looks).toBeLessThan(60)
    transcript.toTop()
    transcript.draw()
    expect(looks).toBeLessThan(120)
  })

  it('gives the same drawing when nothing changed', () => {
    const transcript = transcriptOf()
    transcript.open([question('x')])
    const first = transcript.draw()
    expect(transcript.draw()).toBe(first)
    transcript.scroll(1)
    expect(transcript.draw()).toBe(first)
  })
})
