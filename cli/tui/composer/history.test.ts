import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addEntry, createHistory, type HistoryStep, newerEntry, olderEntry } from './history.js'

function step(found: HistoryStep | undefined): HistoryStep {
  if (found === undefined) throw new Error('there is no such entry')
  return found
}

describe('the history', () => {
  it('goes back to the oldest entry and forth to the draft', () => {
    const first = step(olderEntry(createHistory(['one', 'two']), 'draft'))
    expect(first.text).toBe('two')
    const second = step(olderEntry(first.history, first.text))
    expect(second.text).toBe('one')
    expect(olderEntry(second.history, second.text)).toBeUndefined()
    const back = step(newerEntry(second.history, second.text))
    expect(back.text).toBe('two')
    const draft = step(newerEntry(back.history, back.text))
    expect(draft.text).toBe('draft')
    expect(newerEntry(draft.history, draft.text)).toBeUndefined()
  })

  it('takes an edited entry as the draft', () => {
    const { history } = step(olderEntry(createHistory(['one', 'two']), 'draft'))
    expect(newerEntry(history, 'two!')).toBeUndefined()
    const again = step(olderEntry(history, 'two!'))
    expect(again.text).toBe('two')
    expect(step(newerEntry(again.history, again.text)).text).toBe('two!')
  })

  it('passes over entries that would change nothing', () => {
    const { text, history } = step(olderEntry(createHistory(['one', 'two', 'two']), 'two'))
    expect(text).toBe('one')
    expect(step(newerEntry(history, text)).text).toBe('two')
    expect(olderEntry(createHistory(['two']), 'two')).toBeUndefined()
    expect(olderEntry(createHistory([]), '')).toBeUndefined()
  })

  it('recalls entries clean, and still knows them', () => {
    const history = createHistory(['one', 'a\r\n\x1bb'])
    const first = step(olderEntry(history, ''))
    expect(first.text).toBe('a\n␛b')
    expect(step(olderEntry(first.history, first.text)).text).toBe('one')
  })

  it('gets what was sent as its newest entry, unless it is blank or was the last one', () => {
    const { history } = step(olderEntry(createHistory(['one']), 'draft'))
    const added = addEntry(history, 'two')
    expect(added).toEqual({ entries: ['one', 'two'], position: 0, draft: '' })
    expect(addEntry(added, 'two').entries).toEqual(['one', 'two'])
    expect(addEntry(added, ' \n').entries).toEqual(['one', 'two'])
  })

  it('comes back to the draft after any number of steps back', () => {
    const words = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 8 })
    fc.assert(
      fc.property(words, fc.constantFrom('a', 'x', ''), fc.nat(10), (entries, draft, steps) => {
        let at: HistoryStep = { history: createHistory(entries), text: draft }
        for (let i = 0; i < steps; i += 1) at = olderEntry(at.history, at.text) ?? at
        while (at.history.position > 0) at = step(newerEntry(at.history, at.text))
        expect(at.text).toBe(draft)
      }),
    )
  })
})
