import { createElement } from 'react'
import { expect, test } from 'vitest'
import { drawPlain, sized } from './fixtures/draw.js'
import { StatusLine, type StatusLineProps } from './status-line.js'

const hints = [
  { keys: 'F1', what: 'help' },
  { keys: '^N', what: 'new' },
  { keys: '^S', what: 'sessions' },
]
const running = { spinner: '⠹', phase: 'answering', tokensPerSecond: 41.3, elapsedMs: 14_999 }

function status(width: number, change: Partial<StatusLineProps> = {}): string | undefined {
  return drawPlain(createElement(StatusLine, { ...sized(width, 1), hints, ...change }), width)[0]
}

test('a running turn shows its phase, speed and time, and how to stop it', () => {
  expect(status(70, { running, usage: { tokens: 3_400, dollars: 0.0123 } })).toBe(
    ' ⠹ answering · 41 tok/s · 00:14 · esc stop    last 3.4k tok · $0.0123',
  )
})

test('a narrow one keeps what stops it longest', () => {
  const usage = { tokens: 3_400 }
  expect(status(44, { running, usage })).toBe(' ⠹ answering · 41 tok/s · 00:14 · esc stop')
  expect(status(40, { running, usage })).toBe(' ⠹ answering · 00:14 · esc stop')
  expect(status(28, { running, usage })).toBe(' ⠹ answering · esc stop')
  expect(status(10, { running, usage })).toBe(' esc stop')
})

test('a speed that was reckoned is marked, an unknown one is left out, and hours are hours', () => {
  expect(status(60, { running: { ...running, estimated: true } })).toContain('· ~41 tok/s ·')
  const long = { spinner: '⠹', phase: 'planning', elapsedMs: 3_723_000 }
  expect(status(60, { running: long })).toBe(' ⠹ planning · 1:02:03 · esc stop')
})

test('without a turn there are the keys, as many as fit', () => {
  expect(status(60, { usage: { dollars: 1.5 } })).toBe(
    ' F1 help  ^N new  ^S sessions                         $1.50',
  )
  expect(status(20)).toBe(' F1 help  ^N new')
})

test('what was used takes the room of the last keys, and leaves when the first would have to', () => {
  const usage = { tokens: 13, dollars: 0.0012, isEstimated: true }
  expect(status(60, { usage })).toBe(' F1 help  ^N new  ^S sessions        last 13 tok · ~$0.0012')
  expect(status(50, { usage })).toBe(' F1 help  ^N new           last 13 tok · ~$0.0012')
  expect(status(31, { usage })).toBe(' F1 help  ^N new  ^S sessions')
})

test('a budget that is nearly spent is told, in place of the tokens where there is little room', () => {
  const usage = { tokens: 13, dollars: 1.9, isEstimated: true, budget: 2 }
  expect(status(60, { usage })).toBe(' F1 help  ^N new  ^S sessions       session ~$1.90 of $2.00')
  const today = { tokens: 13, dollars: 0.25, today: '$4.10 of $5.00' }
  expect(status(60, { usage: today })).toBe(
    ' F1 help  ^N new  ^S sessions  $0.25 · today $4.10 of $5.00',
  )
  expect(status(100, { usage: today })).toMatch(
    / last 13 tok · session \$0\.25 · today \$4\.10 of \$5\.00$/,
  )
})

test('where there is room it says that the sum is that of the session', () => {
  expect(status(100, { usage: { tokens: 13, dollars: 0.25 } })).toMatch(
    / last 13 tok · session \$0\.25$/,
  )
})
