import { describe, expect, test } from 'vitest'
import { answer, done, finish, gate, reasoning, role, usage } from '../fakes/upstream/steps.js'
import { keys, openTui, shareHome, type Tui } from '../support/tui.js'

const markdown = `# Release notes

A paragraph with **bold**, *italic*, ~~struck~~ and \`code\`, and a [link](https://example.com/docs).

## Lists

- first
  - nested, with a text that is long enough to be wrapped at eighty columns, and hangs under itself
    - deeper
- second
1. one
2. two

- [x] done
- [ ] to do

### A table

| Name | Size | Note |
|------|-----:|:----:|
| alpha | 1 | 日本語 |
| beta | 12345 | ok |

> A quote that goes on
> for two lines.

\`\`\`ts
export const add = (a: number, b: number): number => {
  return a + b
}
\`\`\`

---

The end.`

const home = shareHome({
  models: ['ok', 'gate', 'markdown', 'reasoning', 'context', 'error-frame', 'planner', 'builder'],
  scripts: {
    markdown: { steps: () => answer(...(markdown.match(/[\s\S]{1,40}/g) ?? [])) },
    planner: { steps: () => answer('1. Read the file\n', '2. Change the **name**') },
    builder: { steps: () => answer('The name is changed:\n\n', '```sh\nmv a b\n```') },
    thinking: { steps: () => [role(), reasoning('Let me think about '), gate, finish(), done()] },
    pondered: {
      steps: () => [
        role(),
        reasoning('First the question.\nThen what is behind it, and that takes a while to say.'),
        ...answer('It is **42**.'),
        usage(9, 4),
      ],
    },
  },
})

const isIdle = (tui: Tui): Promise<void> => tui.shows('F1 help')

/** Asks in a new session; `end` is the last of what comes. */
async function answered(model: string, message: string, end: string): Promise<Tui> {
  const tui = await openTui(home, ['-n', '-m', model])
  tui.type(`${message}\r`)
  await tui.shows(end, 'F1 help')
  return tui
}

describe('the screen', () => {
  test('of an empty session', async () => {
    const tui = await openTui(home, ['-n', '-m', 'ok'])
    await tui.matchesAtAllSizes('empty')
  })

  test('while an answer streams', async () => {
    const tui = await openTui(home, ['-n', '-m', 'gate'])
    tui.type('What is new?\r')
    const call = await home.upstream.waitFor('gate')
    call.release('## So far\n\n- a **finished** item\n- and one that is not ye')
    await tui.shows('not ye')
    await tui.matchesAtAllSizes('streaming')
  })

  test('of an answer with all kinds of markdown', async () => {
    const tui = await answered('markdown', 'What is new?', 'The end.')
    await tui.matchesAtAllSizes('markdown')
    tui.resize(80, 24)
    // A key that overtakes the change of the size scrolls by another page.
    await tui.matches('markdown')
    tui.type(keys.pageUp)
    await tui.matches('markdown-page-up')
  })

  test('of a plan and its implementation', async () => {
    const plan = { planning_model: 'planner', answering_model: 'builder' }
    const session = await home.client.createSession({ plan })
    const tui = await openTui(home, ['-s', session.id])
    tui.type('Rename it\r')
    await tui.shows('Plan · planner', 'Implementation · builder', 'mv a b', 'F1 help')
    await tui.matchesAtAllSizes('plan')
  })

  test('of an answer that failed before its first word: code and what to do', async () => {
    const tui = await answered('context', 'A very long question', 'Start a new session')
    await tui.matchesAtAllSizes('failed')
  })

  test('of an answer that broke in the middle', async () => {
    const tui = await answered('error-frame', 'Hi', '✗')
    await tui.matchesAtAllSizes('failed-in-the-middle')
  })

  test('of a stopped answer', async () => {
    const tui = await openTui(home, ['-n', '-m', 'gate+stopped'])
    tui.type('Tell me all\r')
    const call = await home.upstream.waitFor('gate+stopped')
    call.release('It began well, ')
    await tui.shows('It began well,')
    tui.type(keys.escape)
    await isIdle(tui)
    await tui.matchesAtAllSizes('stopped')
  })

  test('while a model thinks', async () => {
    const tui = await openTui(home, ['-n', '-m', 'thinking'])
    tui.type('Why?\r')
    await tui.shows('thinking')
    await tui.matchesAtAllSizes('thinking')
  })

  test('with what a model thought, collapsed and expanded', async () => {
    const tui = await answered('pondered', 'What is the answer?', 'It is 42.')
    await tui.matchesAtAllSizes('reasoning-collapsed')
    tui.type(keys.f5)
    await tui.shows('hides')
    await tui.matchesAtAllSizes('reasoning-expanded')
    tui.type(keys.f5)
    await tui.shows('shows')
    await tui.matches('reasoning-collapsed')
  })

  test('says that the terminal is too small, and comes back', async () => {
    const tui = await answered('ok', 'Hi', 'Hello, world.')
    await tui.matches('answered')
    tui.resize(39, 24)
    await tui.matches('too-small')
    tui.resize(80, 24)
    await tui.matches('answered')
  })

  test('is the same when it is drawn at its size and when it is brought there', async () => {
    const tui = await answered('markdown', 'What is new?', 'The end.')
    tui.type(keys.ctrl('d'))
    expect(await tui.exit).toBe(0)
    const next = await openTui(home, [], { columns: 120, rows: 40 })
    await next.shows('Release notes')
    next.resize(80, 24)
    await next.matches('markdown-read')
    next.resize(40, 10)
    await next.matches('markdown-read')
    next.resize(120, 40)
    await next.matches('markdown-read')
  })
})
