import { expect, onTestFinished, test } from 'vitest'
import { startUpstream } from '../fakes/upstream/upstream.js'
import { createC2a } from '../support/c2a.js'

/** An answer of `ok` costs $1.90 where its usage is counted; `ok+new` has no price. */
async function setUp(env = {}) {
  const pricing = { prompt: '0.1', completion: '0.25' }
  const upstream = await startUpstream({ models: [{ id: 'ok', pricing }, 'ok+new'] })
  onTestFinished(() => upstream.close())
  return { upstream, c2a: await createC2a({ gateway: upstream.url, env }) }
}

test('daemon status tells what was spent today, of how much', async () => {
  const { c2a } = await setUp({ C2A_BUDGET_DAY_USD: '5' })
  await c2a.run(['ask', '-m', 'ok', 'hi'])
  const { stdout } = await c2a.run(['daemon', 'status'])
  expect(stdout).toMatch(/^spent +~\$1\.90 of \$5\.00 today \(UTC\)$/m)
  const json = await c2a.run(['daemon', 'status', '--json'])
  expect(JSON.parse(json.stdout).spend).toEqual({
    day: { cost_usd: 1.9, cost_estimated: true, budget_usd: 5 },
  })
})

test('--json tells the cost, and that it was reckoned', async () => {
  const { c2a } = await setUp()
  const { stdout } = await c2a.run(['ask', '--json', '-m', 'ok', 'hi'])
  expect(JSON.parse(stdout)).toMatchObject({ cost_usd: 1.9, cost_estimated: true })
  const { stdout: unknown } = await c2a.run(['ask', '--json', '-m', 'ok+new', 'hi'])
  expect(JSON.parse(unknown)).toMatchObject({ cost_usd: null, cost_estimated: false })
})

test('sessions show tells tokens and cost of all turns', async () => {
  const { c2a } = await setUp()
  await c2a.run(['ask', '-m', 'ok', 'hi'])
  await c2a.run(['ask', '-C', '-m', 'ok', 'and?'])
  const [session] = JSON.parse((await c2a.run(['sessions', 'list', '--json'])).stdout)
  expect(session).not.toHaveProperty('usage')
  const { stdout } = await c2a.run(['sessions', 'show', session.id.slice(0, 8)])
  expect(stdout).toContain('\ntokens   18 in, 8 out\n')
  expect(stdout).toContain('\ncost     ~$3.80\n')
  const whole = JSON.parse((await c2a.run(['sessions', 'show', session.id, '--json'])).stdout)
  expect(whole.usage).toMatchObject({ total_tokens: 26, cost_usd: 3.8, cost_estimated: true })
})

test('--max-cost refuses what would cost more: 6, nothing sent, nothing left behind', async () => {
  const { c2a, upstream } = await setUp()
  const question = 'x'.repeat(400)
  const args = ['ask', '-m', 'ok', '--max-cost', '2.5', question]
  const plain = await c2a.run(args)
  expect(plain).toMatchObject({ stdout: '', code: 6 })
  expect(plain.stderr).toBe(
    'c2a: the limit of this request is $2.50: $0 is spent in this session, and this would cost at least ~$10.00\n' +
      '     Raise it with --max-cost USD (max_cost in the API), or ask in a new session.\n',
  )
  const json = await c2a.run([...args, '--json'])
  const problem = { code: 'budget_exceeded', status: 402 }
  expect(json.code).toBe(6)
  expect(JSON.parse(json.stdout)).toMatchObject({ answer: '', cost_usd: null, problem })
  expect(JSON.parse(json.stderr)).toMatchObject(problem)
  expect(upstream.hits('ok')).toBe(0)
  expect((await c2a.run(['sessions', 'list'])).stdout).toBe('')
  expect((await c2a.run(['ask', '-m', 'ok', '--max-cost', '2.5', 'hi'])).code).toBe(0)
  const again = await c2a.run(['ask', '-C', '-m', 'ok', '--max-cost', '1.5', 'hi'])
  expect(again.stderr).toContain('~$1.90 is spent in this session')
  expect(again.code).toBe(6)
})

test.each(['', 'much', '-1', '1e999'])('--max-cost takes no "%s"', async (text) => {
  const { c2a } = await setUp()
  const { code, stderr } = await c2a.run(['ask', '-m', 'ok', `--max-cost=${text}`, 'hi'])
  expect(code).toBe(2)
  expect(stderr).toContain('--max-cost takes US dollars')
})

test('a model without a price is asked all the same, and stderr says once that nothing holds it', async () => {
  const { c2a } = await setUp({ C2A_BUDGET_DAY_USD: '0.5' })
  const { stdout, stderr, code } = await c2a.run(['ask', '-m', 'ok+new', 'hi'])
  expect({ stdout, code }).toEqual({ stdout: 'Hello, world.\n', code: 0 })
  expect(stderr).toBe('c2a: no price is known for ok+new: the budget cannot hold it\n')
})

test('a budget that is set holds at once, and one that is raised lets go', async () => {
  const { c2a } = await setUp()
  expect((await c2a.run(['config', 'set', 'budget.day_usd', 'lots'])).code).toBe(2)
  await c2a.run(['config', 'set', 'budget.day_usd', '0'])
  const refused = await c2a.run(['ask', '-m', 'ok', 'hi'])
  expect(refused.code).toBe(6)
  expect(refused.stderr).toContain('the budget of a day is $0: ')
  await c2a.run(['config', 'set', 'budget.day_usd', '5'])
  expect((await c2a.run(['ask', '-m', 'ok', 'hi'])).code).toBe(0)
})
