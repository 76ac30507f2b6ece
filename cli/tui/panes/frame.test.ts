import { createElement } from 'react'
import { expect, test } from 'vitest'
import { themeFor } from '../../text/theme.js'
import { drawPlain, sized } from './fixtures/draw.js'
import { Frame, type FrameProps, frameInside } from './frame.js'

function frame(width: number, height: number, change: Partial<FrameProps> = {}): string[] {
  return drawPlain(
    createElement(Frame, { ...sized(width, height), rows: ['one', '中文'], ...change }),
    width,
  )
}

test('a frame has a title, a tag and keys in its borders', () => {
  const footer = [{ keys: 'esc', what: 'close' }]
  expect(frame(24, 4, { title: { text: 'TITLE' }, tag: { text: 'tag' }, footer })).toEqual([
    '╭─ TITLE ──────── tag ─╮',
    '│one                   │',
    '│中文                  │',
    '╰─ esc close ──────────╯',
  ])
})

test('a narrow one drops the tag and the keys, then cuts the title', () => {
  const footer = [{ keys: 'esc', what: 'close' }]
  expect(frame(12, 3, { title: { text: 'A TITLE' }, tag: { text: 'tag' }, footer })).toEqual([
    '╭─ A TIT… ─╮',
    '│one       │',
    '╰──────────╯',
  ])
})

test('too low for borders, it has its rows only', () => {
  expect(frame(24, 2)).toEqual(['one', '中文'])
  expect(frameInside(24, 2)).toEqual({ x: 0, y: 0, width: 24, height: 2 })
  expect(frameInside(24, 3)).toEqual({ x: 1, y: 1, width: 22, height: 1 })
})

test('in ASCII its corners are plus signs', () => {
  expect(frame(10, 3, { theme: themeFor('none', { ascii: true }), rows: [] })).toEqual([
    '+--------+',
    '|        |',
    '+--------+',
  ])
})
