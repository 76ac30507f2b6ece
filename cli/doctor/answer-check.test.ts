import { expect, test } from 'vitest'
import type { TurnMessage, TurnOutcome } from '../../shared/contract/event.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { answerFinding, lateFinding } from './answer-check.js'

const message: TurnMessage = {
  ...{ id: 'm', seq: 2, finish_reason: 'stop', length: 2 },
  ...{ kind: 'chat', status: 'complete', model: 'gpt' },
}
const outcome: TurnOutcome = {
  ...{ turn_id: 't', session_id: 's', status: 'complete', messages: [message] },
  usage: { prompt_tokens: 12, completion_tokens: 1, total_tokens: 13, cost_usd: 0.0000234 },
}
const times = { firstMs: 412, endMs: 634 }

test('an answer: how long, how many tokens, and what it cost', () => {
  expect(answerFinding({ model: 'gpt', ...times, outcome })).toEqual({
    status: 'ok',
    detail: 'gpt answers: first token after 0.4 s, 0.6 s in all, 12 + 1 tokens, $0.000023',
  })
})

test('a model that answers for another one is named', () => {
  const messages = [{ ...message, model: 'claude' }]
  const found = answerFinding({ model: 'gpt', ...times, outcome: { ...outcome, messages } })
  expect(found.detail).toMatch(/^gpt \(by claude\) answers/)
})

test('the demo works, with a warning', () => {
  expect(answerFinding({ model: 'offline/demo', ...times, outcome })).toMatchObject({
    status: 'warn',
    detail: expect.stringContaining('it works, but it is the demo'),
  })
})

test('an answer that failed says why and what to do, and one that broke off too', () => {
  const problem = new ProblemError('forbidden_model', 'not for this key').toProblem()
  const failed = { ...outcome, status: 'failed', problem } as const
  expect(answerFinding({ model: 'gpt', outcome: failed })).toEqual({
    status: 'fail',
    detail: 'gpt: not for this key',
    fix: problem.hint,
  })
  const interrupted = { ...outcome, status: 'interrupted' } as const
  expect(answerFinding({ model: 'gpt', outcome: interrupted }).status).toBe('fail')
  expect(answerFinding({ model: 'gpt' }).detail).toContain('broke off')
})

test('a model that is late fails, and the fix waits longer', () => {
  expect(lateFinding({ model: 'gpt' }, 15_000)).toEqual({
    status: 'fail',
    detail: 'gpt: no answer began within 15 s',
    fix: expect.stringMatching(/-m NAME.*--timeout 60/),
  })
  expect(lateFinding({ model: 'gpt', firstMs: 2_000 }, 15_000).detail).toContain(
    'began after 2.0 s',
  )
})
