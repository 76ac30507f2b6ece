import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Message, Usage } from '../../shared/contract/message.js'
import { keys, openTui, type Tui } from '../support/tui.js'
import { endless, openStage, type Stage } from './stage.js'

/*
 * A real language model behind a real LiteLLM. What it says is its own affair: nothing here depends on
 * its words, only on what becomes of them, and on what it was asked.
 */

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})

afterAll(() => stage?.dispose())

/** Longer than the model's 2,048 tokens, and shorter than what the daemon would refuse unasked. */
const tooLong = 'a '.repeat(2_600)
const role = { name: 'Pirate', instructions: 'You are a pirate. You never leave your role.' }

/** What its chat template made of the conversation, taken apart again. */
async function asked(): Promise<[role: string, content: string][]> {
  const { prompt } = await stage.model.idle()
  const turns = prompt.matchAll(/<\|im_start\|>(\w+)\n([\s\S]*?)<\|im_end\|>/g)
  return [...turns].map(([, who = '', content = '']) => [who, content])
}

async function messages(): Promise<Message[]> {
  const client = stage.home.client()
  const [session] = await client.listSessions(1)
  return client.listMessages(session?.id ?? '')
}

/** The stopped answer, once the model has let go of it: one that it had ended by itself would be its last. */
async function hungUp(): Promise<Message | undefined> {
  const { generated } = await stage.model.idle()
  const [question, answer] = await messages()
  expect([question?.status, answer?.status]).toEqual(['complete', 'stopped'])
  expect(answer?.content).not.toBe('')
  expect(generated.startsWith(answer?.content ?? '')).toBe(false)
  return answer
}

describe('c2a ask', () => {
  interface Answered {
    answer: string
    plan?: string
    model: string
    usage: Usage
  }

  async function ask(...args: string[]): Promise<Answered> {
    const { stdout, code } = await stage.home.run(['ask', '--json', ...args])
    expect({ code, stdout }).toMatchObject({ code: 0 })
    return JSON.parse(stdout)
  }

  test('a conversation: the second question goes with the first and its answer', async () => {
    const first = await ask('-m', 'local', 'My name is Ada. What is the capital of France?')
    expect(first.answer).not.toBe('')
    expect(first).toMatchObject({ model: 'local' })
    expect((await stage.model.idle()).generated).toBe(first.answer)
    expect(await asked()).toEqual([
      ['system', expect.any(String)],
      ['user', 'My name is Ada. What is the capital of France?'],
    ])

    const second = await ask('-C', 'And of Italy?')
    expect((await stage.model.idle()).generated).toBe(second.answer)
    expect((await asked()).slice(1)).toEqual([
      ['user', 'My name is Ada. What is the capital of France?'],
      ['assistant', first.answer],
      ['user', 'And of Italy?'],
    ])
    expect(second.usage.prompt_tokens).toBeGreaterThan(first.usage.total_tokens)
    for (const { usage } of [first, second]) {
      expect(usage.completion_tokens).toBeGreaterThan(0)
      expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens)
    }
  })

  test('in a pipe the answer is on stdout, and nothing else', async () => {
    const { stdout, code } = await stage.home.run(['ask', '-m', 'local'], { stdin: 'Say yes.\n' })
    const { generated } = await stage.model.idle()
    expect({ stdout, code }).toEqual({ stdout: `${generated.trimEnd()}\n`, code: 0 })
  })

  test("a role is the model's system message", async () => {
    const create = ['roles', 'create', role.name, '--instructions', role.instructions]
    expect(await stage.home.run(create)).toMatchObject({ code: 0 })
    await ask('-m', 'local', '-r', role.name, 'Who are you?')
    expect(await asked()).toEqual([
      ['system', role.instructions],
      ['user', 'Who are you?'],
    ])
  })

  test('plan mode: the plan that one call made is what the other carries out', async () => {
    const { answer, plan } = await ask('--plan', 'local,local', 'List my files.')
    expect({ answer, plan }).not.toMatchObject({ answer: '' })
    const [, [who, content] = []] = await asked()
    expect(who).toBe('user')
    expect(content).toContain('Carry out the plan')
    expect(plan?.trim()).not.toBe('')
    expect(content).toContain(plan?.trim())
    expect((await messages()).map(({ kind, status }) => [kind, status])).toEqual([
      ['chat', 'complete'],
      ['plan', 'complete'],
      ['answer', 'complete'],
    ])
  })

  test('more than its window: context_window, exit 6, with its own numbers', async () => {
    const ask = ['ask', '--json', '-m', 'local']
    const { stdout, stderr, code } = await stage.home.run(ask, { stdin: tooLong })
    expect({ code, problem: JSON.parse(stderr).code }).toEqual({
      code: 6,
      problem: 'context_window',
    })
    expect(JSON.parse(stderr).detail).toMatch(/\d{4} tokens.*2048/)
    expect(JSON.parse(stdout)).toMatchObject({ answer: '' })
  })

  test('Ctrl+C in the middle: the model computes no further, and what came is kept', async () => {
    const ask = stage.home.start(['ask', '-m', endless, 'Tell me a story.'])
    await ask.writes()
    expect(await stage.model.slot()).toMatchObject({ is_processing: true })
    ask.child.kill('SIGINT')
    const { stdout, code } = await ask.end
    expect(code).toBe(130)
    const answer = await hungUp()
    expect(stdout.trimEnd()).toBe(answer?.content.trimEnd())
  })
})

describe('the chat on a terminal', () => {
  const open = (...args: string[]): Promise<Tui> =>
    openTui({ c2a: stage.home }, ['-n', ...args], { columns: 120, rows: 40 })

  const patienceMs = 60_000

  /** The first word of an answer, as the screen has it, too. */
  const beginning = (text = ''): string => /\w+/.exec(text)?.[0] ?? ''

  /** Waits for an answer in full: the composer's help is back, and a header has its tokens. */
  async function answered(tui: Tui, times: number): Promise<void> {
    const isDone = (screen: string): boolean =>
      (screen.match(/◆ .*\d tok\b/g) ?? []).length >= times && screen.includes('F1 help')
    await tui.until(isDone, patienceMs)
    await tui.hides('esc stop')
  }

  test('a conversation: answers are on the screen, and the model has the history', async () => {
    const tui = await open('-m', 'local')
    tui.type('What is the capital of France? Answer briefly.\r')
    await answered(tui, 1)
    const [, first] = await messages()
    expect(first).toMatchObject({ status: 'complete', model: 'local' })
    expect(tui.screen()).toContain(beginning(first?.content))
    tui.type('And of Italy?\r')
    await answered(tui, 2)
    expect((await asked()).slice(1)).toEqual([
      ['user', 'What is the capital of France? Answer briefly.'],
      ['assistant', first?.content],
      ['user', 'And of Italy?'],
    ])
    const [, , , second] = await messages()
    expect(second?.usage?.prompt_tokens).toBeGreaterThan(first?.usage?.total_tokens ?? 0)
  })

  test('a role of the session, chosen by /role', async () => {
    const tui = await open('-m', 'local')
    tui.type(`/role ${role.name}\r`)
    await tui.until((screen) => /● Pirate +active/.test(screen))
    tui.type('Who are you?\r')
    await answered(tui, 1)
    expect(await asked()).toEqual([
      ['system', role.instructions],
      ['user', 'Who are you?'],
    ])
  })

  test('plan mode: a plan, and then what it brings about', async () => {
    const tui = await open('-m', 'local')
    tui.type('/model:plan-mode local local\r')
    await tui.shows('PLAN local → local')
    tui.type('List my files.\r')
    await tui.until((screen) => screen.includes('Implementation · local'), patienceMs)
    await answered(tui, 1)
    const [, plan, answer] = await messages()
    expect([plan?.kind, plan?.status, answer?.kind]).toEqual(['plan', 'complete', 'answer'])
    const [, [, content] = []] = await asked()
    expect(content).toContain(plan?.content.trim())
  })

  test('more than its window: the code and what to do about it', async () => {
    const tui = await open('-m', 'local')
    tui.paste(tooLong)
    tui.type(keys.enter)
    await tui.until((screen) => screen.includes('✗ context_window'), patienceMs)
    await tui.shows('Start a new session')
  })

  test('Esc in the middle: the model computes no further, and what came stays', async () => {
    const tui = await open('-m', endless)
    tui.type('Tell me a story.\r')
    await tui.until((screen) => /◆ endless .*answering\n.*│ +\w/.test(screen), patienceMs)
    expect(await stage.model.slot()).toMatchObject({ is_processing: true })
    tui.type(keys.escape)
    await tui.shows('■ stopped', 'F1 help')
    const answer = await hungUp()
    expect(tui.screen()).toContain(beginning(answer?.content))
  })
})
