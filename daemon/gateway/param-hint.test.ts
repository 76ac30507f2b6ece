import { expect, test } from 'vitest'
import type { Params } from '../../shared/contract/param-table.js'
import { problems } from '../../shared/contract/problem.js'
import { errorFromFrame, errorFromResponse } from './errors.js'

const url = 'http://127.0.0.1:4000'

const refusal = (body: object, params?: Params, status = 400) =>
  errorFromResponse(status, {}, JSON.stringify(body), { url, params })

const error = (message: string, more: object = {}) => ({ error: { message, ...more } })

test.each<[string, object, Params, number?]>([
  [
    'temperature',
    error("Unsupported value: 'temperature' does not support 0.5 with this model."),
    { temperature: 0.5, seed: 1 },
  ],
  [
    'seed',
    error("litellm.UnsupportedParamsError: azure does not support parameters: ['seed']"),
    { seed: 1 },
  ],
  ['max_tokens', error('this value is too large', { param: 'max_tokens' }), { max_tokens: 9 }],
  [
    'top_p',
    { detail: [{ loc: ['body', 'top_p'], msg: 'Extra inputs are not permitted' }] },
    { top_p: 1 },
    422,
  ],
  ['stop', error('`stop` is not supported by this model'), { stop: ['a'] }],
])('a refusal that names %s says how to leave it out', (name, body, params, status) => {
  const { code, hint } = refusal(body, params, status)
  expect(code).toBe('bad_request')
  expect(hint).toBe(
    `Change ${name}, or leave it out: c2a ask -o ${name}=, or /set ${name} in the chat; ` +
      `where a role has it: c2a roles edit ROLE -o ${name}=`,
  )
})

test('two that exclude each other are both named', () => {
  const body = error('`temperature` and `top_p` cannot both be specified for this model')
  expect(refusal(body, { temperature: 1, top_p: 1 }).hint).toMatch(
    /^Change temperature or top_p, or leave it out: c2a ask -o NAME=/,
  )
})

test('also in a stream that had begun', () => {
  const frame = error('temperature is not supported', { code: '400' })
  expect(errorFromFrame(frame, { url, params: { temperature: 1 } })).toMatchObject({
    code: 'bad_request',
    hint: expect.stringContaining('-o temperature='),
  })
})

test.each<[string, object, Params | undefined]>([
  ['was not sent', error('temperature is not supported'), { seed: 1 }],
  ['nobody set', error('temperature is not supported'), undefined],
  [
    'is only a part of a word',
    error('the request was stopped: max_tokens_per_day'),
    { stop: 'a', max_tokens: 1 },
  ],
])('a word that %s is not blamed', (_, body, params) => {
  expect(refusal(body, params).hint).toBe(problems.bad_request.hint)
})

test('an error of another kind keeps its own hint', () => {
  const body = error('maximum context length is 10 tokens; lower max_tokens')
  expect(refusal(body, { max_tokens: 9 })).toMatchObject({
    code: 'context_window',
    hint: expect.stringContaining('new session'),
  })
})
