import { createElement } from 'react'
import { expect, test } from 'vitest'
import { drawPlain, drawRows, sized } from './fixtures/draw.js'
import { overlaySessionAt, SessionsOverlay } from './list-overlays.js'
import { SessionsPane, type SessionsPaneProps, sessionAt } from './sessions-pane.js'

const now = Date.parse('2026-05-01T12:00:00Z')
const titles = ['Postgres index bloat', 'Weekly report draft', '中文润色 · 邮件', 'k8s probes']
const sessions = titles.map((title, index) => ({
  title,
  current: index === 0,
  live: index === 2,
  updatedAt: new Date(now - 2 * 60_000 * 30 ** index).toISOString(),
}))

function pane(width: number, height: number, change: Partial<SessionsPaneProps> = {}): string[] {
  const props = { ...sized(width, height), focused: true, sessions, total: 4, selected: 1, now }
  return drawPlain(createElement(SessionsPane, { ...props, ...change }), width)
}

test('each session has a row with its age; marks tell the marked, the open and the running one', () => {
  expect(pane(27, 6)).toEqual([
    '▌SESSIONS (4)       ^N new',
    ' ● Postgres index bloat 2m',
    '▌  Weekly report draft  1h',
    '   中文润色 · 邮件       ↻',
    '   k8s probes          37d',
    '',
  ])
})

test('a narrow pane cuts titles by cells and drops the hint', () => {
  expect(pane(14, 5)).toEqual([
    '▌SESSIONS (4)',
    ' ● Postgr… 2m',
    '▌  Weekly… 1h',
    '   中文润…  ↻',
    '   k8s p… 37d',
  ])
})

test('without the focus there is no pointer', () => {
  expect(pane(27, 6, { focused: false }).join('')).not.toContain('▌')
})

test('the title is bright only with the focus', () => {
  const title = (focused: boolean) => {
    const props = { ...sized(27, 6), focused, sessions, total: 4, selected: 1, now }
    return drawRows(createElement(SessionsPane, props), 27)[0]
  }
  expect(title(true)).toContain('\x1b[1m\x1b[38;5;81mSESSIONS')
  expect(title(false)).toContain('\x1b[38;5;245mSESSIONS')
})

test('a long list keeps the marked session in view and says how many there are beside', () => {
  const many = Array.from({ length: 33 }, (_, index) => ({
    ...{ title: `session ${index}`, current: false, live: false },
    updatedAt: new Date(now).toISOString(),
  }))
  const rows = (selected: number) => pane(20, 5, { sessions: many, total: 33, selected })
  expect(rows(0).slice(1)).toEqual([
    '▌  session 0    now',
    '   session 1    now',
    '   session 2    now',
    '   … 30 more',
  ])
  expect(rows(20).slice(1)).toEqual([
    '   session 19   now',
    '▌  session 20   now',
    '   session 21   now',
    '   ↑ 19 · ↓ 11 more',
  ])
  expect(rows(32).slice(3)).toEqual(['▌  session 32   now', '   ↑ 30 more'])
})

test('while one filters, the filter has a row, and the end of a long one is shown', () => {
  const found = sessions.slice(0, 1)
  expect(pane(20, 3, { sessions: found, selected: 0, filter: 'post' })).toEqual([
    '▌SESSIONS (1/4)',
    ' / post',
    '▌● Postgres ind… 2m',
  ])
  expect(pane(13, 2, { filter: 'a very long filter' })[1]).toBe(' / g filter')
})

test('an empty list says why it is empty', () => {
  expect(pane(20, 2, { sessions: [], total: 0 })[1]).toBe(' no sessions yet')
  expect(pane(20, 3, { sessions: [], filter: 'x' })[2]).toBe(' nothing matches')
  expect(pane(20, 2, { sessions: undefined })[1]).toBe(' reading…')
})

test('a row of the pane is the session that stands there', () => {
  const rows = (filter?: string) =>
    [0, 1, 2, 5].map((row) => sessionAt({ height: 6, selected: 0, filter, sessions }, row))
  expect(rows()).toEqual([undefined, 0, 1, undefined])
  expect(rows('x')).toEqual([undefined, undefined, 0, 3])
})

test('the overlay is the pane in a frame, with the keys for it', () => {
  const props = { ...sized(34, 6), sessions, total: 4, selected: 0, now }
  expect(drawPlain(createElement(SessionsOverlay, props), 34)).toEqual([
    '╭────────────────────────────────╮',
    '│▌SESSIONS (4)            ^N new │',
    '│▌● Postgres index bloat      2m │',
    '│   Weekly report draft       1h │',
    '│   … 2 more                     │',
    '╰─ enter open · n new ───────────╯',
  ])
  expect(overlaySessionAt({ ...props, filter: undefined }, 3)).toBe(1)
})
