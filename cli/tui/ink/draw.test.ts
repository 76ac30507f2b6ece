import { Box, Text } from 'ink'
import { createElement } from 'react'
import { expect, test } from 'vitest'
import { drawInk } from './draw.js'

test('an element is drawn as lines, all of its rows and nothing else', () => {
  const box = createElement(Box, { width: 10, height: 2 }, createElement(Text, {}, 'one'))
  expect(drawInk(box, 10)).toEqual(['one', ''])
})

test('an element is laid out in the width that it is given', () => {
  const text = createElement(Text, {}, 'x')
  const filled = createElement(Box, { width: '100%', justifyContent: 'flex-end' }, text)
  expect(drawInk(filled, 5)).toEqual(['    x'])
  expect(drawInk(filled, 8)).toEqual(['       x'])
})

test('styles are kept as they are', () => {
  const text = createElement(Text, {}, '\x1b[1mbold\x1b[0m plain')
  expect(drawInk(text, 20)).toEqual(['\x1b[1mbold\x1b[22m plain'])
})

test('what a component throws is thrown', () => {
  const Broken = (): never => {
    throw new Error('a pane is broken')
  }
  expect(() => drawInk(createElement(Broken), 10)).toThrow('a pane is broken')
})
