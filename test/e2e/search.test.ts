import { expect, onTestFinished, test } from 'vitest'
import { startUpstream } from '../fakes/upstream/upstream.js'
import { createC2a } from '../support/c2a.js'

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')

test('c2a search finds questions, answers and titles; in a pipe a line each', async () => {
  const upstream = await startUpstream({ litellm: true })
  onTestFinished(() => upstream.close())
  const c2a = await createC2a({ gateway: upstream.url })
  for (const words of ['why do zebras have stripes', 'a zebra\tcrossing', 'horses']) {
    expect(await c2a.run(['ask', '-m', 'echo', words])).toMatchObject({ code: 0 })
  }
  await c2a.run(['sessions', 'edit', await latest(), '--title', 'Not a Zebra'])

  const { stdout, stderr, code } = await c2a.run(['search', 'zebra', '--newest'])
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
  const rows = lines(stdout).map((line) => line.split('\t'))
  expect(rows.map(([, message, author, , title]) => [message !== '', author, title])).toEqual([
    [false, '', 'Not a Zebra'],
    [true, 'assistant', 'a zebra crossing'],
    [true, 'user', 'a zebra crossing'],
    [true, 'assistant', 'why do zebras have stripes'],
    [true, 'user', 'why do zebras have stripes'],
  ])

  const asked = await c2a.run(['search', 'ZEBRA', 'crossing', '--author', 'user', '--json'])
  expect(JSON.parse(asked.stdout)).toMatchObject([{ snippet: 'a zebra crossing', role: 'user' }])
  const without = await c2a.run(['search', 'zebra -crossing', '-m', 'echo', '--since', '1h'])
  expect(lines(without.stdout)).toHaveLength(1)
  const [id = ''] = rows[1] ?? []
  const inOne = await c2a.run(['search', 'zebra', '-s', id.slice(0, 8), '-n', '1'])
  expect(lines(inOne.stdout)).toHaveLength(1)
  expect(inOne.stderr).toBe('c2a: there is more: -n 5\n')

  async function latest(): Promise<string> {
    const { stdout } = await c2a.run(['sessions', 'list', '-n', '1', '--json'])
    return JSON.parse(stdout)[0].id
  }
})

test('nothing found is 5, and what cannot be looked for is 2', async () => {
  const c2a = await createC2a()
  const none = await c2a.run(['search', 'unicorn', '--json'])
  expect({ stdout: none.stdout, code: none.code }).toEqual({ stdout: '[]\n', code: 5 })
  expect(none.stderr).toContain('nothing was found for unicorn')
  // -merge was meant as a word, and is read as -m erge.
  const narrowed = await c2a.run(['search', 'sort', '-merge', '--since', '7d'])
  expect(narrowed.code).toBe(5)
  expect(narrowed.stderr).toContain('nothing was found for sort with --model erge --since 7d\n')
  expect(narrowed.stderr).toContain("'sort -word'")
  const cases: [args: string[], words: string][] = [
    [['???'], 'there is no word to look for'],
    [['x', '-n', '0'], '--limit takes 1 to 1000'],
    [['x', '--since', 'yesterday'], '--since takes no "yesterday"'],
    [['x', '--author', 'me'], 'user, assistant'],
    [[], "missing required argument 'words'"],
  ]
  for (const [args, words] of cases) {
    const { stdout, stderr, code } = await c2a.run(['search', ...args])
    expect({ args, stdout, code }).toEqual({ args, stdout: '', code: 2 })
    expect(stderr).toContain(words)
  }
  const unknown = await c2a.run(['search', 'x', '-s', 'abcdef01'])
  expect(unknown).toMatchObject({ code: 5 })
})
