import { describe, expect, test } from 'vitest'
import { editorOf } from '../composer/editor.js'
import { sessionOf } from '../slash/test-support.js'
import type { Action } from './action.js'
import { hitOf } from './fixtures/hit.js'
import { reduce } from './reduce.js'
import { currentAnswer, type Query, queryOf, type Search } from './search.js'
import { initialState, type State } from './state.js'

const start = reduce(
  initialState({ size: { columns: 80, rows: 24 }, theme: 'dark', mouse: true }),
  { type: 'session-opened', session: sessionOf({ id: 'a' }) },
)
const change = (state: State, changes: Partial<Search>) =>
  reduce(state, { type: 'search-changed', change: changes })
const typed = (text: string, changes: Partial<Search> = {}) =>
  change(start, { editor: editorOf(text), ...changes })
const asked = (q: string): Query => ({ q, order: 'rank', session: undefined })
const found = (q: string, ids: string[], more: Partial<Action> = {}) =>
  ({
    ...{ type: 'search-found', query: asked(q), hits: ids.map((id) => hitOf(id)) },
    ...{ older: undefined, isNext: false },
    ...more,
  }) as Action
const ids = ({ search }: State) => search.answer?.hits.map(({ message_id }) => message_id)

describe('what is asked', () => {
  test.each([
    ['', undefined],
    ['  ', undefined],
    ['a', undefined],
    [' a ', undefined],
    ['ab', 'ab'],
    [' ab c ', 'ab c'],
    ['世', '世'],
    ['세', '세'],
    ['カ', 'カ'],
  ])('for %j is %j', (text, q) => {
    expect(queryOf(typed(text))?.q).toBe(q)
  })

  test('is a single letter, too, once Enter was pressed', () => {
    expect(queryOf(typed('a', { isSure: true }))).toEqual(asked('a'))
  })

  test('is of the open session, or of all; the best first, or the newest', () => {
    expect(queryOf(typed('ab', { scope: 'session' }))).toEqual({ ...asked('ab'), session: 'a' })
    expect(queryOf(typed('ab', { order: 'time' }))).toEqual({ ...asked('ab'), order: 'time' })
  })
})

describe('what was found', () => {
  test('is marked at its best, and the marker stays when the next page comes', () => {
    const first = reduce(typed('ab'), found('ab', ['1', '2'], { older: 'c' } as Partial<Action>))
    const moved = change(first, { index: 1 })
    const all = reduce(moved, found('ab', ['3'], { isNext: true } as Partial<Action>))
    expect([ids(all), all.search.index, all.search.answer?.older]).toEqual([
      ['1', '2', '3'],
      1,
      undefined,
    ])
    expect(reduce(change(all, { editor: editorOf('abc') }), found('abc', ['9'])).search.index).toBe(
      0,
    )
  })

  test('for the words of a moment ago is shown, but is no answer to the new ones', () => {
    const state = reduce(typed('abc'), found('ab', ['1']))
    expect(ids(state)).toEqual(['1'])
    expect(currentAnswer(state)).toBeUndefined()
    expect(currentAnswer(reduce(state, found('abc', ['2'])))?.hits).toHaveLength(1)
  })

  test('elsewhere, or in another order, is not shown', () => {
    expect(ids(reduce(typed('ab', { scope: 'session' }), found('ab', ['1'])))).toBeUndefined()
    expect(ids(reduce(typed('ab', { order: 'time' }), found('ab', ['1'])))).toBeUndefined()
  })

  test('goes away with its words', () => {
    const state = reduce(typed('ab'), found('ab', ['1']))
    expect(ids(change(state, { editor: editorOf('a') }))).toBeUndefined()
    expect(ids(reduce(typed(''), found('ab', ['1'])))).toBeUndefined()
  })

  test('is not joined to a page of something else', () => {
    const state = reduce(typed('abc'), found('abc', ['1']))
    const next = reduce(state, found('ab', ['2'], { isNext: true } as Partial<Action>))
    expect(ids(next)).toEqual(['1'])
  })
})

describe('a problem', () => {
  const failed = (q: string): Action => ({
    ...{ type: 'search-failed', query: asked(q), text: 'no' },
  })

  test('takes the place of what was found for other words', () => {
    const before = reduce(typed('ab'), found('ab', ['1']))
    const state = reduce(change(before, { editor: editorOf('abc') }), failed('abc'))
    expect([ids(state), state.search.problem?.text]).toEqual([undefined, 'no'])
  })

  test('with the next page leaves what there is, and what comes then ends it', () => {
    const state = reduce(reduce(typed('ab'), found('ab', ['1'])), failed('ab'))
    expect([ids(state), state.search.problem?.text]).toEqual([['1'], 'no'])
    const after = reduce(state, found('ab', ['2'], { isNext: true } as Partial<Action>))
    expect([ids(after), after.search.problem]).toEqual([['1', '2'], undefined])
  })

  test('of words that are not there any more is none', () => {
    expect(reduce(typed('abc'), failed('ab')).search.problem).toBeUndefined()
  })
})
