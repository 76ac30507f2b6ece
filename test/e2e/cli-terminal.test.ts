import { expect, onTestFinished, test } from 'vitest'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { createC2a, launcher } from '../support/c2a.js'
import { openTerminal } from '../support/terminal.js'

async function startGateway(): Promise<Upstream> {
  const upstream = await startUpstream({ litellm: true })
  onTestFinished(() => upstream.close())
  return upstream
}

const hostile =
  'clip \x1b]52;c;aGk=\x07 title \x1b]0;owned\x07 csi \x9b31m osc \x9d0;x\x9c bidi \u202eabc\u202c'
const harmless = 'clip ␛]52;c;aGk=␇ title ␛]0;owned␇ csi �31m osc �0;x� bidi �abc�'

/** What must never reach a terminal, whatever a model or a title says. */
function expectNoAttack(terminal: { raw(): string; title(): string }): void {
  expect(terminal.raw()).not.toMatch(/\x1b[\]PX^_]|[\x80-\x9f]|[\u202a-\u202e\u2066-\u2069]/)
  expect(terminal.raw()).not.toContain('\x07')
  expect(terminal.title()).toBe('')
}

test('ask renders markdown, and hostile output becomes visible marks', async () => {
  const upstream = await startGateway()
  const c2a = await createC2a({ gateway: upstream.url })
  const terminal = openTerminal(c2a, ['ask', '-m', 'script', `**bold** ${hostile}`])
  expect(await terminal.exit).toBe(0)
  expect(terminal.screen().replaceAll('\n', ' ')).toBe(`bold ${harmless}`)
  expectNoAttack(terminal)

  const raw = openTerminal(c2a, ['ask', '--raw', '-m', 'script', `**bold** ${hostile}`])
  expect(await raw.exit).toBe(0)
  expect(raw.screen().replaceAll('\n', '')).toContain('**bold** clip ␛]52;c;aGk=␇')
  expectNoAttack(raw)
})

test('ask --plan shows the plan rendered, apart from the answer, on a terminal only', async () => {
  const upstream = await startGateway()
  const c2a = await createC2a({ gateway: upstream.url })
  const question = `**bold** ${'word '.repeat(20)}${hostile}`
  const args = ['ask', '--plan', 'script,ok', question]
  const terminal = openTerminal(c2a, args, { columns: 60, rows: 60 })
  expect(await terminal.exit).toBe(0)
  const lines = terminal.screen().split('\n')
  expect(lines[0]).toBe('plan · script')
  expect(lines.slice(-3)).toEqual(['', 'answer · ok', 'Hello, world.'])
  expect(lines.join(' ')).toContain(`bold ${'word '.repeat(20)}${harmless}`)
  expect(terminal.raw()).toContain('\x1b[38;5;245mplan · script\x1b[0m')
  expectNoAttack(terminal)

  const raw = openTerminal(c2a, ['ask', '--raw', ...args.slice(1)], { columns: 60, rows: 60 })
  expect(await raw.exit).toBe(0)
  expect(raw.screen()).toMatch(/^plan · script\n[\s\S]*\n\nanswer · ok\nHello, world\.$/)
  expectNoAttack(raw)

  const json = openTerminal(c2a, ['ask', '--json', ...args.slice(1)], { columns: 60, rows: 60 })
  expect(await json.exit).toBe(0)
  expect(json.screen()).toMatch(/^\{"answer":"Hello, world\."/)
})

test('an answer leaves nothing half-drawn behind in a terminal that keeps what is cleared', async () => {
  const upstream = await startGateway()
  const c2a = await createC2a({ gateway: upstream.url })
  const terminal = openTerminal(c2a, ['ask', '-m', 'slow-12', 'hi'])
  expect(await terminal.exit).toBe(0)
  expect(terminal.screen()).toBe('the quick brown fox jumps over a lazy dog and runs on')
  expect(terminal.raw()).not.toContain('\x1b[J')
})

test('models with long names fit a terminal of 80 columns, and each can be told from the others', async () => {
  const upstream = await startUpstream({
    litellm: true,
    modelInfo: {
      data: Array.from({ length: 30 }, (_, index) => ({
        model_name: `openrouter/anthropic/a-model-with-a-very-long-name-${index}-preview`,
        litellm_params: {},
        model_info: {
          ...{ mode: 'chat', litellm_provider: 'vertex_ai-anthropic_models' },
          ...{ max_input_tokens: 200_000, input_cost_per_token: 0.000_012_5 },
          ...{ output_cost_per_token: 0.000_075, supports_vision: true, supports_reasoning: true },
        },
      })),
    },
  })
  onTestFinished(() => upstream.close())
  const c2a = await createC2a({ gateway: upstream.url })
  await c2a.run(['models'])
  const narrow = openTerminal(c2a, ['models'], { rows: 50 })
  expect(await narrow.exit).toBe(0)
  const [head, ...rows] = narrow.screen().split('\n')
  expect(head).toMatch(/^MODEL +PROVIDER +CONTEXT +\$ IN +\$ OUT +CAN$/)
  expect(rows.pop()).toBe('V vision  T tools  R reasoning')
  expect(rows).toHaveLength(30)
  expect(new Set(rows.map((row) => row.split(' ')[0])).size).toBe(30)
  for (const row of rows)
    expect(row).toMatch(/-preview {2}vertex_ai-a\S+ +200k +12\.50 +75\.00 {2}V R$/)

  const wide = openTerminal(c2a, ['models'], { columns: 160, rows: 50 })
  expect(await wide.exit).toBe(0)
  expect(wide.screen()).toMatch(/-name-29-preview .* 75\.00 {2}vision reasoning$/)
})

test('what went wrong, and what to do, is wrapped on a terminal and one line in a pipe', async () => {
  const c2a = await createC2a()
  const args = ['ask', '-s', 'x', '-C', 'hi']
  const { stderr } = await c2a.run(args)
  expect(stderr).toBe('c2a: -s and -C name two different sessions; give one of them\n')
  const terminal = openTerminal(c2a, args, { columns: 30 })
  expect(await terminal.exit).toBe(2)
  expect(terminal.screen().trimEnd()).toBe(
    ['c2a: -s and -C name two', '     different sessions; give', '     one of them'].join('\n'),
  )
})

test('lists, titles and errors cannot attack the terminal either', async () => {
  const upstream = await startGateway()
  const c2a = await createC2a({ gateway: upstream.url })
  await c2a.run(['ask', '-m', 'script', hostile])
  await c2a.run(['roles', 'create', 'R\x1b]0;owned\x07', '-i', hostile])
  for (const args of [
    ['sessions', 'list'],
    ['sessions', 'show', (await c2a.run(['sessions', 'list'])).stdout.slice(0, 8)],
    ['sessions', 'list', '--json'],
    ['ask', '--json', '-m', 'script', hostile],
    ['ask', '--json', '-m', 'no-such\x9b31m', 'hi'],
    ['roles', 'list'],
    ['roles', 'show', 'R'],
    ['roles', 'show', 'no\x1b]0;owned\x07'],
    ['sessions', 'show', '\x1b]0;owned\x07'],
    ['\x1b]0;owned\x07'],
    ['ask', '-m', 'no-such\x9b31m', 'hi'],
  ]) {
    const terminal = openTerminal(c2a, args)
    await terminal.exit
    expect(terminal.screen()).not.toBe('')
    expectNoAttack(terminal)
  }
})

test('a table fits the terminal', async () => {
  const upstream = await startGateway()
  const c2a = await createC2a({ gateway: upstream.url })
  await c2a.run(['ask', '-m', 'ok', 'a title that does not fit a terminal of forty cells'])
  const terminal = openTerminal(c2a, ['sessions', 'list'], { columns: 40 })
  expect(await terminal.exit).toBe(0)
  expect(terminal.screen().split('\n')).toEqual([
    'ID        TITLE               MODEL  AGE',
    expect.stringMatching(/^[0-9a-f]{8} {2}a title that does… {2}ok {5}now$/),
  ])
})

test('deleting asks with the title; anything but yes keeps it', async () => {
  const upstream = await startGateway()
  const c2a = await createC2a({ gateway: upstream.url })
  await c2a.run(['ask', '-m', 'ok', 'my title'])
  const id = (await c2a.run(['sessions', 'list'])).stdout.slice(0, 8)
  for (const [answer, left] of [
    ['n\r', 1],
    ['\r', 1],
    ['y\r', 0],
  ] as const) {
    const terminal = openTerminal(c2a, ['sessions', 'delete', id])
    await terminal.until((screen) => screen.includes('Delete "my title"'))
    terminal.type(answer)
    expect(await terminal.exit).toBe(0)
    const list = (await c2a.run(['sessions', 'list', '--json'])).stdout
    expect(JSON.parse(list)).toHaveLength(left)
  }
})

test('a secret is typed without echo', async () => {
  const c2a = await createC2a()
  const terminal = openTerminal(c2a, ['config', 'set', 'gateway.key'])
  await terminal.until((screen) => screen.includes('gateway.key'))
  terminal.type('sk-hushx\x7f\r')
  expect(await terminal.exit).toBe(0)
  expect(terminal.raw()).not.toContain('hush')
  const { stdout } = await c2a.run(['config', 'list'])
  expect(stdout).toContain('gateway.key\tset\tconfig.json')
})

test('a role is edited in $EDITOR, for longer than the daemon lives', async () => {
  const stop = `"${process.execPath}" "${launcher}" daemon stop > /dev/null`
  const c2a = await createC2a({ env: { EDITOR: `${stop} && sed -i s/strict/kind/` } })
  await c2a.run(['roles', 'create', 'Reviewer', '-i', 'Be strict.'])
  const terminal = openTerminal(c2a, ['roles', 'edit', 'rev'])
  expect(await terminal.exit).toBe(0)
  expect((await c2a.run(['roles', 'show', 'rev'])).stdout).toBe('Be kind.\n')
})
