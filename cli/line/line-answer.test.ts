import { expect, test } from 'vitest'
import type { TurnEvent } from '../../shared/contract/event.js'
import { createLineAnswer } from './line-answer.js'

const ids = { turn_id: 't', session_id: 's', user_message_id: 'u', message_id: 'm' }
const started: TurnEvent = { event: 'turn.started', data: { ...ids, model: 'gpt-4o' } }
const delta = (text: string): TurnEvent => ({ event: 'delta', data: { text } })

/** What is on the terminal after the events, one at a time; notices in brackets. */
function shown(events: readonly TurnEvent[]): string {
  let out = ''
  const answer = createLineAnswer({
    write(text) {
      out += text
    },
    notice(text) {
      out += `[${text}]\n`
    },
  })
  for (const event of events) answer.take([event])
  answer.end()
  answer.end()
  return out
}

test('the answer follows a line that says whose it is, and its last line is ended', () => {
  expect(shown([started, delta('Hel'), delta('lo.')])).toBe('[gpt-4o:]\nHello.\n')
  expect(shown([started, delta('Hello.\n')])).toBe('[gpt-4o:]\nHello.\n')
  expect(shown([started])).toBe('[gpt-4o:]\n')
})

test('each phase of a plan says who speaks', () => {
  const plan = { planning_model: 'p', answering_model: 'a' }
  expect(
    shown([
      { event: 'turn.started', data: { ...ids, model: 'a', plan } },
      { event: 'phase', data: { phase: 'plan', message_id: 'm', model: 'p' } },
      delta('1. Think'),
      { event: 'phase', data: { phase: 'answer', message_id: 'n', model: 'a' } },
      delta('Done'),
    ]),
  ).toBe('[Plan by p:]\n1. Think\n[a:]\nDone\n')
})

test('a warning in the middle of a line begins one of its own', () => {
  const warning: TurnEvent = { event: 'warning', data: { code: 'w', detail: 'Mind the gap' } }
  expect(shown([started, delta('Hel'), warning, delta('lo')])).toBe(
    '[gpt-4o:]\nHel\n[Mind the gap]\nlo\n',
  )
})

test('what a terminal would obey is marked, and characters cut in two are whole', () => {
  expect(shown([delta('\x1b[2J\ud83d'), delta('\ude00 a\r'), delta('\nb\r')])).toBe(
    '␛[2J😀 a\nb␍\n',
  )
})
