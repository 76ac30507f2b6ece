import { createElement } from 'react'
import { expect, test } from 'vitest'
import { textWidth } from '../../text/width.js'
import { Composer, type ComposerProps, composerTextArea } from './composer.js'
import { drawPlain, drawRows, sized } from './fixtures/draw.js'

function element(width: number, height: number, change: Partial<ComposerProps> = {}) {
  const usual = { rows: ['/mo'], focused: true, planMode: false }
  return createElement(Composer, { ...sized(width, height), ...usual, ...change })
}

function composer(width: number, height: number, change: Partial<ComposerProps> = {}): string[] {
  return drawPlain(element(width, height, change), width)
}

test('what was typed stands in a frame behind a prompt', () => {
  const rows = ['Also show how to cap', 'the extra disk it needs']
  expect(composer(40, 4, { rows, hints: [{ keys: '^G', what: 'editor' }] })).toEqual([
    '╭──────────────────────────────────────╮',
    '│ > Also show how to cap               │',
    '│   the extra disk it needs            │',
    '╰─ ^G editor ──────────────────────────╯',
  ])
})

test('an empty one says what can be typed', () => {
  expect(composer(40, 3, { rows: [''] })[1]).toBe('│ > Ask anything…  / for commands      │')
  expect(composer(20, 3, { rows: [] })[1]).toBe('│ > Ask anything… …│')
})

test('an empty row below another one is no empty composer', () => {
  expect(composer(20, 4, { rows: ['', ''] })[1]).toBe('│ >                │')
})

test('Plan Mode has its flag and another border; a message on its way has a tag', () => {
  expect(composer(40, 3, { planMode: true, tag: 'queued' })[0]).toBe(
    '╭─ ⚑ plan ──────────────────── queued ─╮',
  )
  const [usual, plan] = [false, true].map(
    (planMode) => drawRows(element(40, 3, { planMode }), 40)[2],
  )
  expect(usual).not.toBe(plan)
})

test('what is done with the text stands beside the flag', () => {
  expect(composer(40, 3, { title: 'editing' })[0]).toMatch(/^╭─ editing ─+╮$/)
  expect(composer(40, 3, { title: 'editing', planMode: true })[0]).toMatch(
    /^╭─ ⚑ plan · editing ─+╮$/,
  )
})

test('a narrow border drops the tag before the flag', () => {
  expect(composer(14, 3, { planMode: true, tag: 'queued' })[0]).toBe('╭─ ⚑ plan ───╮')
})

test.each([
  [40, 5],
  [10, 3],
  [12, 2],
  [10, 1],
])('in %i x %i the text stands in the text area, with a free cell behind it', (width, height) => {
  const area = composerTextArea(width, height)
  const text = 'x'.repeat(area.width)
  const rows = composer(width, height, { rows: Array<string>(area.height).fill(text) })
  for (const [index, row] of rows.slice(area.y, area.y + area.height).entries()) {
    expect(row.indexOf('x'), `row ${index}`).toBe(area.x)
    expect(row.lastIndexOf('x')).toBe(area.x + area.width - 1)
    expect(row.at(area.x + area.width) ?? ' ').toBe(' ')
  }
  expect(area.x + area.width).toBeLessThan(width)
})

test('a row of wide characters takes its cells', () => {
  const row = composer(20, 3, { rows: ['帮我写一封邮件'] })[1] ?? ''
  expect(row).toBe('│ > 帮我写一封邮件 │')
  expect(textWidth(row)).toBe(20)
})
