import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stripSgr, textWidth } from '../../text/width.js'
import type { Entry } from './entry.js'
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

const HEIGHT = 12

/** An answer of `lines` lines, which all differ. */
function long(id: string, lines: number): Entry {
  return answer({ id, content: `- ${numbered(id, lines).join('\n- ')}` })
}

function numbered(id: string, lines: number): string[] {
  return Array.from({ length: lines }, (_, index) => `${id} line ${index}`)
}

function opened(entries: readonly Entry[], options: Parameters<typeof transcriptOf>[0] = {}) {
  const transcript = transcriptOf({ height: HEIGHT, ...options })
  transcript.open(entries)
  return transcript
}

/** What one sees, a line each. */
function rows(transcript: Transcript): string[] {
  return transcript.draw().lines.map(stripSgr)
}

/** The same without the blank rest. */
function shownRows(transcript: Transcript): string[] {
  const all = rows(transcript)
  return all.slice(0, all.findLastIndex((row) => row !== '') + 1)
}

const heights = fc.array(fc.nat(20), { minLength: 1, maxLength: 8 })

function entriesOf(lines: readonly number[], name = 'e'): Entry[] {
  return lines.map((count, index) => {
    const id = `${name}${index}`
    if (count === 0) return notice(`${id} says`, 'info', id)
    return index % 2 === 0 ? long(id, count) : question(numbered(id, count).join('\n'), id)
  })
}

describe('the window', () => {
  it('shows the beginning of an entry that is out of sight, and moves for no other', () => {
    const transcript = opened([question('Why?', 'q'), long('a', 30), notice('Done.', 'info', 'n')])
    transcript.show('a')
    expect(rows(transcript)[1]).toBe('  • a line 0')
    expect(transcript.draw().following).toBe(false)
    transcript.scroll(-1)
    const before = rows(transcript)
    transcript.show('a')
    transcript.show('none')
    expect(rows(transcript)).toEqual(before)
    transcript.show('n')
    expect(shownRows(transcript).at(-1)).toContain('Done.')
  })

  it('begins at the tail and follows', () => {
    const transcript = opened([long('a', 30)])
    expect(rows(transcript).at(-1)).toBe('  • a line 29')
    expect(transcript.draw()).toMatchObject({ following: true, newLines: 0, atTop: false })
  })

  it('stands at the top when there is little to see', () => {
    const transcript = opened([long('a', 2)])
    expect(rows(transcript)).toEqual(['◆ gpt-4o', '  • a line 0', '  • a line 1', ...blank(9)])
    transcript.scroll(-3)
    expect(transcript.draw()).toMatchObject({ following: true, atTop: true })
  })

  it('shows nothing of nothing', () => {
    const transcript = opened([])
    transcript.scroll(-1)
    transcript.page(1)
    transcript.toTop()
    expect(rows(transcript)).toEqual(blank(HEIGHT))
  })

  it('comes back where it was', () => {
    fc.assert(
      fc.property(heights, fc.nat(150), fc.nat(20), (lines, first, more) => {
        const transcript = opened(entriesOf(lines))
        transcript.scroll(-first)
        const before = rows(transcript)
        const { atTop } = transcript.draw()
        transcript.scroll(-more)
        if (transcript.draw().atTop && !atTop) return
        transcript.scroll(atTop ? 0 : more)
        expect(rows(transcript)).toEqual(before)
      }),
    )
  })

  it('moves as far as it is told, over the borders of blocks', () => {
    fc.assert(
      fc.property(heights, fc.integer({ min: 1, max: 60 }), (lines, up) => {
        const all = shownRows(opened(entriesOf(lines), { height: 400 }))
        const transcript = opened(entriesOf(lines))
        transcript.scroll(-up)
        const top = Math.max(0, all.length - HEIGHT - up)
        const expected = all.slice(top, top + HEIGHT)
        expect(rows(transcript)).toEqual([...expected, ...blank(HEIGHT - expected.length)])
      }),
    )
  })

  it('always has its size', () => {
    const command = fc.oneof(
      fc.integer({ min: -40, max: 40 }).map((n) => (t: Transcript) => t.scroll(n)),
      fc.constantFrom(1, -1).map((n) => (t: Transcript) => t.page(n as 1 | -1)),
      fc.constant((t: Transcript) => t.toTop()),
      fc.constant((t: Transcript) => t.toTail()),
      fc.constant((t: Transcript) => t.toggleReasoning()),
      fc.constant((t: Transcript) => t.begin({ startedAt: 0 })),
      fc.constant((t: Transcript) => void t.finish(outcome('stopped'))),
      fc.nat(9).map((n) => (t: Transcript) => t.take([delta(`- ${n} words\n`.repeat(n))])),
      fc.nat(9).map((n) => (t: Transcript) => t.append(notice('Noted.', 'info', `n${n}`))),
      fc.nat(9).map((n) => (t: Transcript) => t.replace(`n${n}`, undefined)),
      fc.nat(9).map((n) => (t: Transcript) => t.replace(`e${n}`, long('other', n))),
      fc.nat(9).map((n) => (t: Transcript) => t.replace(`e${n}`, undefined)),
      heights.map((lines) => (t: Transcript) => t.prepend(entriesOf(lines, 'p'))),
    )
    const size = fc.record({
      width: fc.integer({ min: 2, max: 90 }),
      height: fc.integer({ min: 0, max: 30 }),
    })
    const step = fc.tuple(command, fc.option(size, { nil: undefined, freq: 4 }))
    fc.assert(
      fc.property(heights, fc.array(step, { maxLength: 20 }), (lines, steps) => {
        const transcript = opened(entriesOf(lines), { width: 60 })
        let now = { width: 60, height: HEIGHT }
        for (const [run, next] of steps) {
          run(transcript)
          if (next) transcript.resize(next.width, next.height)
          now = next ?? now
          const drawing = transcript.draw()
          expect(drawing.lines).toHaveLength(now.height)
          expect(drawing.newLines).toBeGreaterThanOrEqual(0)
          for (const line of drawing.lines) expect(textWidth(line)).toBeLessThanOrEqual(now.width)
        }
        transcript.toTail()
        transcript.resize(60, 2_000)
        const tail = shownRows(transcript).slice(-5)
        transcript.resize(60, 5)
        expect(rows(transcript)).toEqual([...tail, ...blank(5 - tail.length)])
      }),
      { numRuns: 80 },
    )
  })
})

describe('a window that was scrolled up', () => {
  it('stays where it is when older entries come', () => {
    fc.assert(
      fc.property(heights, heights, fc.nat(100), (lines, older, up) => {
        const transcript = opened([...entriesOf(lines), long('last', HEIGHT)])
        transcript.scroll(-up)
        const before = rows(transcript)
        transcript.prepend(entriesOf(older, 'p'))
        expect(rows(transcript)).toEqual(before)
        expect(transcript.draw().atTop).toBe(false)
        transcript.scroll(-1)
        expect(rows(transcript).slice(1)).toEqual(before.slice(0, -1))
      }),
    )
  })

  it('goes on up into older entries where it was asked to before they came', () => {
    const transcript = opened([long('a', 30)])
    const all = shownRows(opened([long('p', 30), long('a', 30)], { height: 400 }))
    transcript.toTop()
    const top = rows(transcript)
    transcript.page(-1)
    expect(rows(transcript)).toEqual(top)
    transcript.prepend([long('p', 30)])
    const at = all.length - shownRows(opened([long('a', 30)], { height: 400 })).length
    const page = HEIGHT - 2
    expect(rows(transcript)).toEqual(all.slice(at - page, at - page + HEIGHT))
    transcript.prepend([long('o', 30)])
    expect(rows(transcript)).toEqual(all.slice(at - page, at - page + HEIGHT))
  })

  it('does not when it has gone down since', () => {
    const transcript = opened([long('a', 30)])
    transcript.toTop()
    transcript.page(-1)
    transcript.scroll(1)
    const before = rows(transcript)
    transcript.prepend([long('p', 30)])
    expect(rows(transcript)).toEqual(before)
  })

  it('stays where it is while an answer comes, and counts its lines', () => {
    const transcript = opened([long('a', 30)])
    transcript.scroll(-5)
    const before = rows(transcript)
    transcript.begin({ startedAt: 0, model: 'm' })
    transcript.take([delta('one\n\ntwo\n\nthree')])
    expect(rows(transcript)).toEqual(before)
    expect(transcript.draw()).toMatchObject({ following: false, newLines: 7 })
    transcript.take([delta('\n\nfour')])
    expect(transcript.draw().newLines).toBe(9)
    transcript.scroll(8)
    expect(transcript.draw()).toMatchObject({ following: false, newLines: 6 })
    transcript.scroll(6)
    expect(transcript.draw()).toMatchObject({ following: true, newLines: 0 })
  })

  it('follows again at the bottom, and when it is told to', () => {
    const transcript = opened([long('a', 30)])
    const before = rows(transcript)
    transcript.page(-1)
    expect(transcript.draw().following).toBe(false)
    transcript.page(1)
    expect(transcript.draw().following).toBe(true)
    transcript.toTop()
    expect(transcript.draw()).toMatchObject({ following: false, atTop: true })
    transcript.toTail()
    expect(rows(transcript)).toEqual(before)
  })

  it('keeps the entry at its top when the size changes', () => {
    const size = fc.record({
      width: fc.integer({ min: 30, max: 100 }),
      height: fc.integer({ min: 5, max: 30 }),
    })
    fc.assert(
      fc.property(heights, fc.integer({ min: 1, max: 80 }), size, (lines, up, next) => {
        const text = lines.flatMap((count, index) => [`e${index}x `.repeat(count * 12), ''])
        const entries = text.map((content, index) => question(content, `q${index}`))
        const transcript = opened(entries)
        transcript.scroll(-up)
        const [name] = /e\d+x/.exec(rows(transcript)[0] ?? '') ?? []
        transcript.resize(next.width, next.height)
        if (name !== undefined) expect(screen(transcript)).toContain(name)
      }),
    )
  })

  it('goes on with what comes next when the entry at its top goes away', () => {
    const transcript = opened([long('a', 5), long('b', 5), long('c', 30)])
    transcript.toTop()
    transcript.scroll(9)
    expect(rows(transcript)[0]).toBe('  • b line 1')
    transcript.replace('b', undefined)
    expect(rows(transcript).slice(0, 2)).toEqual(['◆ gpt-4o', '  • c line 0'])
    transcript.replace('a', undefined)
    expect(rows(transcript)[0]).toBe('◆ gpt-4o')
    expect(transcript.entries()).toHaveLength(1)
  })
})

describe('a window that follows an answer', () => {
  it('moves by a few lines at once, and text holds still in between', () => {
    const transcript = opened([long('a', 6)], { height: 20 })
    transcript.begin({ startedAt: 0, model: 'm' })
    transcript.take([started('m')])
    let moves = 0
    let top = rows(transcript)[0]
    const lines = numbered('x', 40)
    for (const line of lines) {
      transcript.take([delta(`- ${line}\n`)])
      const now = rows(transcript)
      if (now[0] !== top) moves++
      top = now[0]
      expect(now).toContain(`  • ${line}`)
    }
    expect(moves).toBe(8)
  })

  it('does not move when the answer ends', () => {
    const transcript = opened([long('a', 30)])
    transcript.begin({ startedAt: 0, model: 'm' })
    transcript.draw()
    transcript.take([delta('One.\n\nTwo.')])
    const before = rows(transcript)
    expect(before.slice(-2)).toEqual(['  Two.', ''])
    transcript.finish(outcome('complete'))
    expect(rows(transcript).slice(-4)).toEqual(before.slice(-4))
    expect(rows(transcript)[0]).toBe(before[0])
    transcript.toTail()
    expect(rows(transcript).at(-1)).toBe('  Two.')
  })

  it('takes over the real id of a message without a change to be seen', () => {
    const transcript = opened([question('Hello', 'draft')])
    const drawing = transcript.draw()
    transcript.replace('draft', question('Hello', 'real'))
    expect(transcript.draw()).toBe(drawing)
    expect(transcript.entries()).toMatchObject([{ message: { id: 'real' } }])
  })
})

function blank(count: number): string[] {
  return Array.from({ length: count }, () => '')
}
