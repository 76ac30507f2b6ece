import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseSlash } from './parse.js'
import { slashCommands } from './registry.js'
import { complete, suggest } from './suggest.js'
import { catalogueOf, roleOf, sessionOf } from './test-support.js'

const chat = {
  commands: slashCommands,
  session: sessionOf({ model: 'gpt-4o', role_id: 'r2' }),
  roles: [roleOf('r1', 'Reviewer', 'Look for bugs.'), roleOf('r2', 'Senior Reviewer')],
  catalogue: catalogueOf({ 'gpt-4o-mini': 'openai', 'gpt-4o': 'openai', 'my model': null }),
}

/** The line has a `|` where the cursor is. */
function at(line: string, facts: Partial<Parameters<typeof suggest>[2]> = {}) {
  const cursor = line.indexOf('|')
  return suggest(line.replace('|', ''), cursor, { ...chat, ...facts })
}

function labels(line: string): string[] | undefined {
  return at(line)?.items.map(({ label }) => label)
}

/** The line after a Tab on the first item, with a `|` where the cursor is. */
function tab(line: string): string | undefined {
  const suggestions = at(line)
  const insert = suggestions && complete(suggestions, 0)
  return insert && `${insert.text.slice(0, insert.cursor)}|${insert.text.slice(insert.cursor)}`
}

describe('commands', () => {
  test('a bare slash lists all, in the order of the registry', () => {
    const items = at('/|')?.items
    expect(items?.map(({ detail }) => detail)).toEqual(slashCommands.map(({ summary }) => summary))
  })

  test.each([
    [
      '/mo|',
      [
        '/model <name>',
        '/models',
        '/model:plan-mode <planner> <answerer>',
        '/model:plan-mode-off',
        '/mouse [on|off]',
      ],
    ],
    ['/MODELS|', ['/models']],
    ['/role|', ['/role <name>', '/roles', '/clear_role']],
    ['/pm|', ['/model:plan-mode <planner> <answerer>', '/model:plan-mode-off']],
    ['/zz|', undefined],
  ])('%s', (line, expected) => {
    expect(labels(line)).toEqual(expected)
  })

  test('the exact name is first, though another one is before it in the list', () => {
    expect(labels('/models|')?.[0]).toBe('/models')
    expect(labels('/model:plan-mode-off|')?.[0]).toBe('/model:plan-mode-off')
  })

  test.each([
    ['/mod|', '/model |'],
    ['/qu|', '/quit|'],
    ['/MODEL|', '/model |'],
    ['/mod| gpt-4o', '/model |gpt-4o'],
    ['/cl| ', '/clear| '],
  ])('Tab makes %s into %s', (line, completed) => {
    expect(tab(line)).toBe(completed)
  })
})

describe('models', () => {
  test('all of them with their providers, the one of the session marked', () => {
    expect(at('/model |')).toEqual({
      hidden: 0,
      items: [
        {
          label: 'gpt-4o-mini',
          detail: 'openai',
          insert: { text: '/model gpt-4o-mini', cursor: 18 },
        },
        {
          label: 'gpt-4o',
          detail: 'openai',
          insert: { text: '/model gpt-4o', cursor: 13 },
          current: true,
        },
        { label: 'my model', detail: '', insert: { text: '/model my model', cursor: 15 } },
      ],
    })
  })

  test('an exact name is first, and the cursor may be followed by spaces', () => {
    expect(labels('/model GPT-4o|')).toEqual(['gpt-4o', 'gpt-4o-mini'])
    expect(labels('/model  gpt-4o|  ')).toEqual(['gpt-4o', 'gpt-4o-mini'])
  })

  test('25 at most, with how many there are besides', () => {
    const many = Object.fromEntries(Array.from({ length: 31 }, (_, index) => [`m${index}`, null]))
    const suggestions = at('/model m|', { catalogue: catalogueOf(many) })
    expect(suggestions?.items).toHaveLength(25)
    expect(suggestions?.hidden).toBe(6)
  })

  test('in plan mode no single model is marked, but each of the two where it belongs', () => {
    const plan = { planning_model: 'gpt-4o', answering_model: 'my model' }
    const session = sessionOf({ model: 'gpt-4o', plan })
    const marked = (line: string) =>
      at(line, { session })
        ?.items.filter(({ current }) => current)
        .map(({ label }) => label)
    expect(marked('/model |')).toEqual([])
    expect(marked('/model:plan-mode |')).toEqual(['gpt-4o'])
    expect(marked('/model:plan-mode x |')).toEqual(['my model'])
  })

  test.each([
    ['/model 4om|', '/model gpt-4o-mini|'],
    ['/model my m|', '/model my model|'],
    ['/model:plan-mode |', '/model:plan-mode gpt-4o-mini |'],
    ['/model:plan-mode gpt-4o|', '/model:plan-mode gpt-4o |'],
    ['/model:plan-mode my|', '/model:plan-mode "my model" |'],
    ['/model:plan-mode "my m|', '/model:plan-mode "my model" |'],
    ['/model:plan-mode gpt-4o my|', '/model:plan-mode gpt-4o "my model"|'],
    ['/model:plan-mode "my model" gpt-4o|', '/model:plan-mode "my model" gpt-4o|'],
    ['/model:plan-mode my| gpt-4o', '/model:plan-mode "my model" |gpt-4o'],
  ])('Tab makes %s into %s', (line, completed) => {
    expect(tab(line)).toBe(completed)
  })

  test('none are suggested before the list was read', () => {
    expect(suggest('/model ', 7, { ...chat, catalogue: undefined })).toBeUndefined()
  })
})

describe('roles, words and commands as arguments', () => {
  test('roles by any part of the name, with their instructions, the one of the session marked', () => {
    expect(at('/role rev|')?.items).toEqual([
      {
        label: 'Reviewer',
        detail: 'Look for bugs.',
        insert: { text: '/role Reviewer', cursor: 14 },
      },
      {
        label: 'Senior Reviewer',
        detail: 'Be brief.',
        insert: { text: '/role Senior Reviewer', cursor: 21 },
        current: true,
      },
    ])
  })

  test('long instructions are cut, never inside a character', () => {
    const [item] = at('/role |', { roles: [roleOf('r', 'R', `x${'😀'.repeat(500)}`)] })?.items ?? []
    expect(item?.detail).toBe(`x${'😀'.repeat(99)}`)
  })

  test('a name with a control character is not suggested: nobody can type it', () => {
    expect(at('/role |', { roles: [roleOf('r', 'two\nlines')] })).toBeUndefined()
  })

  test.each([
    ['/role senior r|', '/role Senior Reviewer|'],
    ['/role "sen|', '/role Senior Reviewer|'],
    ['/theme |', '/theme dark|'],
    ['/theme l|', '/theme light|'],
    ['/mouse of|', '/mouse off|'],
    ['/help clear_|', '/help clear_role|'],
  ])('Tab makes %s into %s', (line, completed) => {
    expect(tab(line)).toBe(completed)
  })
})

test.each([
  'hello|',
  '|',
  '|/model',
  '//mod|',
  ' /mod|',
  '/mo|del',
  '/model gp|t',
  '/model gpt| 4o',
  '/model gpt\n|',
  '/mod|\nx',
  '/nothing x|',
  '/quit |',
  '/theme dark |',
  '/model:plan-mode a b |',
  '/model:plan-mode "my| gpt-4o',
])('nothing is suggested for %j', (line) => {
  expect(at(line)).toBeUndefined()
})

test('Tab goes round, in both directions', () => {
  const suggestions = at('/theme |')
  if (suggestions === undefined) throw new Error('no suggestions')
  const texts = [0, 1, 2, -1, -2, -3].map((index) => complete(suggestions, index)?.text)
  expect(texts).toEqual(
    ['dark', 'light', 'dark', 'light', 'dark', 'light'].map((word) => `/theme ${word}`),
  )
})

const name = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', 'B', '"', "'", ' ', ':', '/', '\n', 'İ', '😀'),
    minLength: 1,
  }),
  fc.string({ unit: 'binary', minLength: 1 }),
)
const commandName = fc.constantFrom('', ...slashCommands.map((command) => command.name))
const line = fc
  .tuple(fc.constantFrom('', '/', '/', '/', '//'), commandName, fc.constantFrom('', ' '), name)
  .map((parts) => parts.join(''))

test('whatever is typed, nothing throws, and the cursor is in the new text', () => {
  fc.assert(
    fc.property(line, fc.integer({ min: -2, max: 40 }), fc.array(name), (text, cursor, names) => {
      const known = {
        ...chat,
        roles: names.map((one, index) => roleOf(`r${index}`, one)),
        catalogue: catalogueOf(Object.fromEntries(names.map((one) => [one, one]))),
      }
      const suggestions = suggest(text, cursor, known)
      for (const [index] of suggestions?.items.entries() ?? []) {
        const insert = suggestions && complete(suggestions, index)
        if (insert === undefined) throw new Error('an item gives no text')
        expect(insert.text.startsWith('/')).toBe(true)
        expect(insert.cursor).toBeGreaterThan(0)
        expect(insert.cursor).toBeLessThanOrEqual(insert.text.length)
      }
    }),
    { numRuns: 500 },
  )
})

test('Enter after Tab means the very name that was suggested', () => {
  fc.assert(
    fc.property(fc.array(name), fc.constantFrom('role', 'model:plan-mode'), (names, command) => {
      const trimmed = names.map((one) => one.trim()).filter((one) => one !== '')
      const known = {
        ...chat,
        roles: trimmed.map((one, index) => roleOf(`r${index}`, one)),
        catalogue: catalogueOf(Object.fromEntries(trimmed.map((one) => [one, null]))),
      }
      const start = command === 'role' ? '/role ' : '/model:plan-mode x '
      for (const { label, insert } of suggest(start, start.length, known)?.items ?? []) {
        const meant = parseSlash(insert.text, { pasted: false })
        expect(meant.kind === 'command' && meant.args.at(-1)).toBe(label)
      }
    }),
    { numRuns: 500 },
  )
})

describe('parameters', () => {
  test('come with what they mean; those that are set are marked', () => {
    const session = sessionOf({ params: { seed: 1 } })
    const items = at('/set |', { session })?.items
    expect(items?.map(({ label }) => label)).toEqual([
      ...['temperature', 'top_p', 'max_tokens', 'seed', 'stop', 'reasoning_effort'],
    ])
    expect(items?.[0]?.detail).toBe('how freely words are chosen; at 0 the likeliest (0 to 2)')
    expect(items?.filter(({ current }) => current).map(({ label }) => label)).toEqual(['seed'])
  })

  test('and the words that one of them takes', () => {
    expect(labels('/set reasoning_effort |')).toContain('low')
    expect(labels('/set Reasoning_effort h|')?.[0]).toBe('high')
    expect(at('/set temperature |')).toBeUndefined()
    expect(at('/set nothing |')).toBeUndefined()
  })

  test.each([
    ['/set te|', '/set temperature |'],
    ['/set reasoning_effort me|', '/set reasoning_effort medium|'],
  ])('Tab makes %s into %s', (line, completed) => {
    expect(tab(line)).toBe(completed)
  })
})

test('a question is chosen by its number, the last first', () => {
  const questions = () => ['And a third?', 'A\nsecond?', 'First?']
  const items = (line: string) =>
    at(line, { questions })?.items.map(({ label, detail, insert }) => [label, detail, insert.text])
  expect(items('/fork |')).toEqual([
    ['1', 'And a third?', '/fork 1'],
    ['2', 'A\nsecond?', '/fork 2'],
    ['3', 'First?', '/fork 3'],
  ])
  expect(items('/fork 2|')).toEqual([['2', 'A\nsecond?', '/fork 2']])
  expect(labels('/fork |')).toBeUndefined()
})
