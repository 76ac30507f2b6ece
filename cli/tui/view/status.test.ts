import { describe, expect, test } from 'vitest'
import { ProblemError } from '../../../shared/contract/problem.js'
import { initialState, type State } from '../state/state.js'
import { answer, notice, question } from '../transcript/fixtures/transcript.js'
import { hintsFor, runningView, usageView } from './status.js'

const startedAt = 1_000_000
const idle = initialState({ size: { columns: 80, rows: 24 }, theme: 'dark', mouse: true })
const running = inTurn({})
const live = { phase: 'answering', startedAt, characters: 400, reasoningCharacters: 80 } as const

function inTurn(more: Partial<NonNullable<State['turn']>>): State {
  return {
    ...idle,
    turn: { turnId: 't1', startedAt, isStopping: false, isStalled: false, ...more },
  }
}

function viewAt(afterMs: number, state: State = running, isAscii = false) {
  return runningView(state, live, { now: startedAt + afterMs, isAscii })
}

describe('runningView', () => {
  test('is not there without a turn', () => {
    expect(viewAt(0, idle)).toBeUndefined()
  })

  test('says what the turn does, that it waits, and that it is being stopped', () => {
    const waiting = runningView(running, undefined, { now: startedAt, isAscii: false })
    const stopping = inTurn({ isStopping: true })
    expect(viewAt(0)?.phase).toBe('answering')
    expect(waiting?.phase).toBe('waiting')
    expect(viewAt(0, stopping)?.phase).toBe('stopping')
  })

  test('says what holds the answer up, and no rate then', () => {
    const stalled = inTurn({ isStalled: true, isStopping: true })
    const problem = new ProblemError('daemon_unreachable', 'the connection broke')
    const lost: State = { ...running, link: { kind: 'lost', problem, retryAt: undefined } }
    expect(viewAt(9_000, stalled)?.phase).toBe('waiting for the database')
    expect(viewAt(9_000, lost)?.phase).toBe('waiting for the daemon')
    for (const state of [stalled, lost]) {
      expect(viewAt(9_000, state)).not.toHaveProperty('tokensPerSecond')
    }
  })

  test('estimates the rate from the second second on, reasoning included', () => {
    expect(viewAt(999)).not.toHaveProperty('tokensPerSecond')
    expect(viewAt(2_000)).toMatchObject({ tokensPerSecond: 60, estimated: true })
  })

  test('is the same for a second but for the spinner', () => {
    expect(viewAt(3_100)?.elapsedMs).toBe(3_000)
    expect(viewAt(3_100)?.spinner).not.toBe(viewAt(3_240)?.spinner)
    expect(viewAt(3_100)?.spinner).toBe(viewAt(3_199)?.spinner)
  })

  test('a clock that was set back shows no time below nothing', () => {
    expect(viewAt(-5_000)?.elapsedMs).toBe(0)
  })

  test('spins in ASCII where nothing else can be drawn', () => {
    for (let ms = 0; ms < 1_000; ms += 100) {
      expect(viewAt(ms, running, true)?.spinner).toMatch(/^[\x20-\x7e]$/)
    }
  })
})

test('the hints are those of where the focus is', () => {
  const first = (focus: State['focus']) => hintsFor({ ...idle, focus })[0]?.what
  expect((['composer', 'transcript', 'sessions', 'roles'] as const).map(first)).toEqual([
    'help',
    'scroll',
    'open',
    'use',
  ])
})

test('tells what the last answer used up, both parts of it in plan mode, and what the session cost', () => {
  const used = (total_tokens: number) => ({
    ...{ prompt_tokens: 1, completion_tokens: total_tokens - 1, total_tokens },
  })
  const part = (turn_id: string, tokens: number) => answer({ turn_id, usage: used(tokens) })
  const tokens = (entries: Parameters<typeof usageView>[1]) => usageView(idle, entries)?.tokens
  const before = part('t1', 100)
  expect(tokens([])).toBeUndefined()
  expect(tokens([before, question('Hi')])).toBeUndefined()
  expect(tokens([before, part('t2', 10)])).toBe(10)
  expect(tokens([before, part('t2', 10), part('t2', 30), notice('Noted.')])).toBe(40)
  const sessionUsage = { ...used(110), cost_usd: 0.5, cost_estimated: true } as const
  const view = usageView({ ...idle, sessionUsage }, [before])
  expect(view).toEqual({ tokens: 100, dollars: 0.5, isEstimated: true })
  expect(usageView({ ...running, sessionUsage }, [before])).toBeUndefined()
})

test('tells of a budget from four fifths of it on', () => {
  const seen = (session: number, day: number) => {
    const sessionUsage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
    const spend = { day: { cost_usd: day, budget_usd: 5 }, session_budget_usd: 2 }
    const state = { ...idle, sessionUsage: { ...sessionUsage, cost_usd: session }, spend }
    const { budget, today } = usageView(state, []) ?? {}
    return { budget, today }
  }
  expect(seen(1.59, 3.99)).toEqual({ budget: undefined, today: undefined })
  expect(seen(1.6, 4)).toEqual({ budget: 2, today: '$4.00 of $5.00' })
})
