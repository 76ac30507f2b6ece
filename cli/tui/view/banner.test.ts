import { expect, test } from 'vitest'
import { ProblemError } from '../../../shared/contract/problem.js'
import { catalogueOf } from '../slash/test-support.js'
import { initialState, type State } from '../state/state.js'
import { bannerView } from './banner.js'

const now = 1_000_000

function stateOf(changes: Partial<State>): State {
  const size = { columns: 80, rows: 24 }
  return { ...initialState({ size, theme: 'dark', mouse: true }), ...changes }
}

function lost(retryAt: number | undefined): State['link'] {
  return { kind: 'lost', problem: new ProblemError('daemon_unreachable', 'gone'), retryAt }
}

test('there is none while nothing hinders', () => {
  expect(bannerView(stateOf({ catalogue: catalogueOf({ a: null }) }), now)).toBeUndefined()
})

test('the word to the user comes first, then the daemon, the queue and the gateway', () => {
  const offline = catalogueOf({ 'offline/demo': null }, 'offline')
  const all = { hint: 'a word', link: lost(now), queue: ['next'], catalogue: offline }
  const texts = [
    all,
    { ...all, hint: undefined },
    { queue: all.queue, catalogue: offline },
    { catalogue: offline },
  ].map((changes) => bannerView(stateOf(changes), now)?.text)
  expect(texts).toEqual([
    'a word',
    'gone',
    'Sent after this answer: next',
    expect.stringContaining('offline/demo'),
  ])
})

test('without a gateway it offers a model of one’s own, and how to name a gateway', () => {
  const catalogue = catalogueOf({ 'offline/demo': null }, 'offline')
  const { action = '' } = bannerView(stateOf({ catalogue }), now) ?? {}
  expect(action.split(' · ')).toEqual([
    'c2a stack up --local-model',
    'c2a config set gateway.url URL',
  ])
})

test('a gateway that is lost is told, but not where the demo stands in', () => {
  const catalogue = catalogueOf({ a: null })
  expect(bannerView(stateOf({ catalogue, isGatewayAway: true }), now)).toMatchObject({
    text: 'The gateway does not answer',
    action: expect.stringContaining('c2a doctor'),
  })
  const offline = catalogueOf({ 'offline/demo': null }, 'offline')
  const { text } = bannerView(stateOf({ catalogue: offline, isGatewayAway: true }), now) ?? {}
  expect(text).toContain('offline/demo')
})

test('counts the seconds to the next try, at least one, and none while it is tried', () => {
  const retryIn = (retryAt: number | undefined) =>
    bannerView(stateOf({ link: lost(retryAt) }), now)?.retryIn
  expect([now + 2_001, now + 2_000, now - 500].map(retryIn)).toEqual([3, 2, 1])
  expect(retryIn(undefined)).toBeUndefined()
})

test('all messages that wait are shown', () => {
  expect(bannerView(stateOf({ queue: ['one', 'two'] }), now)?.text).toContain('one / two')
})
