import { describe, expect, test } from 'vitest'
import { themeFor } from '../../text/theme.js'
import { stripSgr } from '../../text/width.js'
import type { Entry } from './entry.js'
import { answer, delta, question, transcriptOf } from './fixtures/transcript.js'

const height = 12
const theme = themeFor('ansi256')
const INVERSE = /\x1b\[[\d;]*\b7\b/

function numbered(id: string, lines: number): Entry {
  const items = Array.from({ length: lines }, (_, index) => `- ${id} line ${index}`)
  return answer({ id, content: items.join('\n') })
}

function opened(entries: readonly Entry[]) {
  const transcript = transcriptOf({ height, theme })
  transcript.open(entries)
  const rows = () => transcript.draw().lines
  return {
    transcript,
    rows,
    plain: () => rows().map(stripSgr),
    /** Texts in the style of what was found. */
    found: () =>
      rows().flatMap((row) =>
        [...row.matchAll(/\x1b\[([\d;]*)m([^\x1b]*)/g)].flatMap(([, sgr, text]) =>
          sgr?.includes(theme.tokens.match) ? [text] : [],
        ),
      ),
  }
}

const talk = [numbered('a', 30), question('Where is the needle?', 'q'), numbered('b', 30)]

describe('a marked message', () => {
  test('stands in view with what is before it, its header set apart and what was found in it', () => {
    const { transcript, rows, plain, found } = opened(talk)
    expect(transcript.mark({ id: 'q', words: ['needle', 'IS'] })).toBe(true)
    const at = plain().findIndex((row) => row.startsWith('▸ You'))
    expect(at).toBe(4)
    expect(plain()[2]).toContain('a line 29')
    expect(rows().filter((row) => INVERSE.test(row))).toEqual([rows()[at]])
    expect(found()).toEqual(['is', 'needle'])
  })

  test('that is long is shown where it was found', () => {
    const { transcript, plain, found } = opened([numbered('a', 200), ...talk.slice(1)])
    transcript.mark({ id: 'a', words: ['line 150'] })
    expect(plain()[height / 2]).toContain('line 150')
    expect(found()).toEqual(['line 150'])
  })

  test('at the end is shown with all that is under it, and what comes is followed', () => {
    const { transcript, plain } = opened(talk)
    transcript.mark({ id: 'b', words: ['line 29'] })
    expect(transcript.draw().following).toBe(true)
    expect(plain().at(-1)).toContain('b line 29')
  })

  test('stays in view while an answer grows under it', () => {
    const { transcript, plain } = opened([numbered('a', 30), question('Hi', 'q')])
    transcript.begin({ startedAt: 0 })
    transcript.mark({ id: 'q', words: ['Hi'] })
    for (let line = 0; line < 40; line++) transcript.take([delta(`- more ${line}\n`)])
    expect(plain()).toContain('  Hi')
    expect(transcript.draw().following).toBe(false)
  })

  test('that is not there marks nothing', () => {
    const { transcript, rows } = opened(talk)
    const before = rows()
    expect(transcript.mark({ id: 'x', words: ['line'] })).toBe(false)
    expect(rows()).toBe(before)
  })

  test('is one at a time, and none after others were opened or it was let go', () => {
    const { transcript, rows } = opened(talk)
    const marked = () => rows().filter((row) => INVERSE.test(row)).length
    transcript.mark({ id: 'q', words: [] })
    transcript.mark({ id: 'a', words: [] })
    transcript.toTop()
    expect(marked()).toBe(1)
    transcript.unmark()
    expect(marked()).toBe(0)
    transcript.mark({ id: 'q', words: [] })
    transcript.open(talk)
    transcript.show('q')
    expect(marked()).toBe(0)
  })

  test('keeps its text and its width, whatever the words are', () => {
    const { transcript, plain } = opened(talk)
    transcript.mark({ id: 'q', words: [] })
    const before = plain()
    for (const words of [
      ['(', '[a-', '\\', '.*', '$^'],
      ['\ud83d', ' ', ''],
      ['e'.repeat(9_000)],
    ]) {
      expect(transcript.mark({ id: 'q', words })).toBe(true)
      expect(plain()).toEqual(before)
    }
  })

  test.each([
    ['resort to sort', 'sort', ['sort']],
    ['你好，世界。', '世界', ['世界']],
    ['a **quick** `brown` fox', 'quick brown', ['quick brown']],
  ])('finds in %j what the daemon finds', (content, word, pieces) => {
    const { transcript, found } = opened([answer({ id: 'z', content })])
    transcript.mark({ id: 'z', words: [word] })
    expect(found().filter((text) => text?.trim() !== '')).toEqual(pieces)
  })
})
