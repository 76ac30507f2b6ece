import { Box, Text } from 'ink'
import { createElement } from 'react'
import { expect, onTestFinished, test } from 'vitest'
import { createInkRoot, type InkRoot } from './root.js'

function open(): InkRoot {
  const root = createInkRoot()
  onTestFinished(() => root.close())
  return root
}

const box = (width: number, text: string) =>
  createElement(Box, { width, height: 2 }, createElement(Text, {}, text))

test('an element is drawn at once, as lines, and the next one in its place', () => {
  const root = open()
  expect(root.draw(box(10, 'one'), 10)).toEqual(['one', ''])
  expect(root.draw(box(10, 'two'), 10)).toEqual(['two', ''])
})

test('an element is laid out in the width that it is given now', () => {
  const root = open()
  const filled = () => createElement(Box, { width: '100%', justifyContent: 'flex-end' }, text)
  const text = createElement(Text, {}, 'x')
  expect(root.draw(filled(), 5)).toEqual(['    x'])
  expect(root.draw(filled(), 8)).toEqual(['       x'])
})

test('what a component throws is heard of', async () => {
  const root = open()
  const Broken = (): never => {
    throw new Error('a pane is broken')
  }
  const heard = new Promise((resolve) => {
    const others = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    process.once('unhandledRejection', (error) => {
      for (const other of others) process.on('unhandledRejection', other)
      resolve(error)
    })
  })
  root.draw(createElement(Broken), 10)
  expect(await heard).toMatchObject({ message: 'a pane is broken' })
})
