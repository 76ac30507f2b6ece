import { createElement } from 'react'
import { expect, test } from 'vitest'
import { Rows } from '../panes/rows.js'
import { createScreen } from '../terminal/screen.js'
import { createInkPanes } from './ink-panes.js'

const rect = { x: 0, y: 0, width: 10, height: 1 }

function paneOf(word: string, more: { size?: object; width?: number } = {}) {
  const { size = { columns: 1 }, width = 10 } = more
  return createElement(Pane, { width, height: 1, word, size })
}

let drawn = 0

function Pane(props: { width: number; height: number; word: string; size: object }) {
  drawn++
  return createElement(Rows, { rows: [props.word], width: props.width, height: props.height })
}

function open() {
  const screen = createScreen({ columns: 20, rows: 3 })
  const panes = createInkPanes(screen)
  drawn = 0
  return { panes, screen }
}

test('a pane is not drawn again when its props are the same, one level down', () => {
  const { panes, screen } = open()
  panes.show('a', rect, paneOf('one'))
  expect(screen.flush()).toContain('one')
  panes.show('a', rect, paneOf('one', { size: { columns: 1 } }))
  expect(screen.flush()).toBe('')
  expect(drawn).toBe(1)
})

test('a pane is drawn again when a prop changes', () => {
  const { panes, screen } = open()
  panes.show('a', rect, paneOf('one'))
  screen.flush()
  panes.show('a', rect, paneOf('two'))
  expect(screen.flush()).toContain('two')
  panes.show('a', rect, paneOf('two', { size: { columns: 2 } }))
  panes.show('a', { ...rect, width: 5 }, paneOf('two', { size: { columns: 2 }, width: 5 }))
  expect(drawn).toBe(4)
})

test('a pane that only moved is not drawn again', () => {
  const { panes, screen } = open()
  panes.show('a', rect, paneOf('one'))
  screen.flush()
  panes.show('a', { ...rect, y: 2 }, paneOf('one'))
  expect(screen.flush()).toContain('\x1b[3Hone')
  expect(drawn).toBe(1)
})

test('a pane that was hidden is blank, and comes back when it is shown again', () => {
  const { panes, screen } = open()
  panes.show('a', rect, paneOf('one'))
  screen.flush()
  panes.hide('a')
  expect(screen.flush()).not.toBe('')
  panes.hide('a')
  expect(screen.flush()).toBe('')
  panes.show('a', rect, paneOf('one'))
  expect(screen.flush()).toContain('one')
})
