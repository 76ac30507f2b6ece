import { createElement } from 'react'
import { expect, test } from 'vitest'
import { drawPlain, sized } from './fixtures/draw.js'
import { Header, type HeaderProps } from './header.js'

const usual: Omit<HeaderProps, 'theme' | 'width' | 'height'> = {
  title: 'Postgres index bloat',
  model: 'gpt-4o',
  role: 'DBA',
  plan: undefined,
  connection: { kind: 'ok', where: 'local:4000' },
}
const plan = { planner: 'o3-mini', answerer: 'gpt-4o' }

function header(width: number, change: Partial<HeaderProps> = {}): string | undefined {
  return drawPlain(createElement(Header, { ...sized(width, 1), ...usual, ...change }), width)[0]
}

test('a wide header has the title at the left and model, role and connection at the right', () => {
  expect(header(80)).toBe(
    ' c2a │ Postgres index bloat                   gpt-4o │ role: DBA │ ● local:4000',
  )
})

test('in Plan Mode both models stand there instead of the one', () => {
  expect(header(80, { plan })).toBe(
    ' c2a │ Postgres index bloat  role: DBA │ ⚑ PLAN o3-mini → gpt-4o │ ● local:4000',
  )
})

test('a narrow header keeps the model longest, and some of the title', () => {
  expect(header(50)).toBe(' c2a │ Postgres index bloat    gpt-4o │ role: DBA')
  expect(header(30)).toBe(' Postgres index bloat  gpt-4o')
  expect(header(10)).toBe(' Postgres…')
})

test('the flag of Plan Mode stays when its models do not fit', () => {
  expect(header(30, { plan })).toBe(' Postgres index bloat  ⚑ PLAN')
})

test('a lost daemon and a lost gateway are said in words, and stay longer than the role', () => {
  expect(header(60, { connection: { kind: 'no-daemon' } })).toMatch(
    /gpt-4o │ role: DBA │ ✗ no daemon$/,
  )
  expect(header(40, { connection: { kind: 'offline' } })).toMatch(/gpt-4o │ ○ offline$/)
})

test('what is not chosen takes no room', () => {
  expect(header(40, { model: undefined, role: undefined })).toBe(
    ' c2a │ Postgres index blo… ● local:4000',
  )
})
