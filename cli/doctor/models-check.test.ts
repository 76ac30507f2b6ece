import { expect, test } from 'vitest'
import type { Catalogue, Model } from '../../shared/contract/model.js'
import { modelsFinding } from './models-check.js'

function catalogue(ids: readonly string[], source: Catalogue['source'] = 'models'): Catalogue {
  const model = (id: string): Model => ({
    ...{ id, litellm_provider: null, mode: null, context_window: null, max_output: null },
    ...{ prices: { input: null, output: null }, vision: null, tools: null, reasoning: null },
    deployments: 1,
  })
  return { data: ids.map(model), source, stale: false, fetched_at: '2026-01-01T00:00:00Z' }
}

const list = catalogue(['gpt', 'claude-sonnet', 'openai/gpt-4o', 'openrouter/*'])

test.each([
  [undefined, undefined, 'ok', /gpt, the gateway's first/, undefined],
  [undefined, 'claude-sonnet', 'ok', /^claude-sonnet is the default, and is listed$/, undefined],
  [undefined, 'openrouter/x/y', 'ok', /by openrouter\/\* of the list/, undefined],
  ['gpt', 'nonsense', 'ok', /^gpt is asked for with -m/, undefined],
  [
    undefined,
    'gtp',
    'warn',
    /^gtp, the default, is not among the gateway's 4/,
    /config set model gpt \(/,
  ],
  [undefined, 'claude-sonet', 'warn', /not among/, /mean claude-sonnet/],
  ['azure/gpt-4o', undefined, 'warn', /not among/, /openai\/gpt-4o/],
  ['zzzzzz', undefined, 'warn', /not among/, /c2a models$/],
] as const)('-m %s and the default %s: %s', (asked, preset, status, detail, fix) => {
  const found = modelsFinding(list, { asked, preset })
  expect(found.status).toBe(status)
  expect(found.detail).toMatch(detail)
  if (fix === undefined) expect(found.fix).toBeUndefined()
  else expect(found.fix).toMatch(fix)
})

test('a hostile name is one word of the command, in its line', () => {
  const fix = modelsFinding(catalogue(['gpt; rm -rf ~\ncurl evil']), {
    ...{ asked: undefined, preset: 'gpt' },
  }).fix
  expect(fix).toContain("config set model 'gpt; rm -rf ~ curl evil' (")
})

test('a list that does not come in time says nothing of the models, and is not the demo', () => {
  const empty = catalogue(['offline/demo'], 'offline')
  const set = modelsFinding(empty, { asked: undefined, preset: 'gpt', isLate: true })
  expect(set).toMatchObject({
    status: 'warn',
    detail: expect.stringMatching(/gpt is the default$/),
  })
  const unset = modelsFinding(empty, { asked: undefined, preset: undefined, isLate: true })
  expect(unset).toMatchObject({ status: 'warn', fix: expect.stringContaining('config set model') })
})

test('a gateway without models, and none at all', () => {
  const nobody = { asked: undefined, preset: undefined }
  expect(modelsFinding(catalogue([]), nobody)).toMatchObject({ status: 'fail' })
  const demo = catalogue(['offline/demo'], 'offline')
  expect(modelsFinding(demo, nobody)).toMatchObject({ status: 'warn' })
  expect(modelsFinding(demo, { asked: undefined, preset: 'gpt' }).detail).toContain(
    'gpt is the def',
  )
})
