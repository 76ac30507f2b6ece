import { createElement } from 'react'
import { expect, test } from 'vitest'
import { drawPlain, sized } from './fixtures/draw.js'
import { Help, helpEnd } from './help.js'

const content = {
  commands: [
    { usage: '/model <name>', summary: 'switch the model of this session' },
    {
      usage: '/model:plan-mode <planner> <answerer>',
      summary: 'plan with one, answer with another',
    },
  ],
  keys: [
    { keys: 'ctrl+n', what: 'a new session' },
    { keys: 'esc', what: 'close what is open, else stop the answer' },
  ],
}

function help(width: number, height: number, offset = 0): string[] {
  return drawPlain(createElement(Help, { ...sized(width, height), ...content, offset }), width)
}

test('commands and keys stand side by side; a long usage has its summary below', () => {
  expect(help(100, 7)).toEqual([
    `╭─ HELP ${'─'.repeat(91)}╮`,
    `│ COMMANDS${' '.repeat(42)}KEYS${' '.repeat(43)}│`,
    `│ /model <name>  switch the model of this session   ctrl+n  a new session${' '.repeat(26)}│`,
    '│ /model:plan-mode <planner> <answerer>             esc     close what is open, else stop the      │',
    `│                plan with one, answer with                 answer${' '.repeat(33)}│`,
    `│                another${' '.repeat(75)}│`,
    `╰─ ↑↓ scroll · esc close ${'─'.repeat(74)}╯`,
  ])
})

test('in a narrow terminal the keys come under the commands, and texts are wrapped', () => {
  expect(help(44, 9)).toEqual([
    '╭─ HELP ──────────────────────── ↓ 4 more ─╮',
    '│ COMMANDS                                 │',
    '│ /model <name>  switch the model of this  │',
    '│                session                   │',
    '│ /model:plan-mode <planner> <answerer>    │',
    '│                plan with one, answer with│',
    '│                another                   │',
    '│                                          │',
    '╰─ ↑↓ scroll · esc close ──────────────────╯',
  ])
})

test('scrolling ends where the last row is in view', () => {
  const end = helpEnd({ ...sized(44, 9), ...content })
  expect(end).toBe(4)
  expect(help(44, 9, 1_000)).toEqual(help(44, 9, end))
  expect(help(44, 9, end).slice(-2)[0]).toMatch(/^│ +answer +│$/)
  expect(help(44, 9, end)[0]).not.toContain('more')
})
