import { createElement } from 'react'
import { describe, expect, test } from 'vitest'
import { stripSgr } from '../cli/text/width.js'
import { drawInk } from '../cli/tui/ink/draw.js'
import { sized } from '../cli/tui/panes/fixtures/draw.js'
import { scenes } from '../cli/tui/panes/fixtures/scenes.js'

const lean: { renderToString: (element: unknown, options: { columns: number }) => string } =
  await import(new URL('./lean-ink.mjs', import.meta.url).href)

const drawLean = (element: unknown, columns: number): string[] =>
  lean.renderToString(element, { columns }).split('\n')

describe.each(Object.entries(scenes))('%s', (_name, scene) => {
  test.each([
    [30, 1],
    [60, 8],
    [100, 30],
  ])('is drawn as Ink draws it, at %i x %i', (width, height) => {
    const element = scene(sized(width, height, 'mono'), (text) => text)
    const bare = (rows: readonly string[]): string[] => rows.map((row) => stripSgr(row).trimEnd())
    expect(bare(drawLean(element, width))).toEqual(bare(drawInk(element, width)))
  })
})

test('what a component throws is thrown', () => {
  const Broken = (): never => {
    throw new Error('a pane is broken')
  }
  expect(() => drawLean(createElement(Broken), 10)).toThrow('a pane is broken')
})
