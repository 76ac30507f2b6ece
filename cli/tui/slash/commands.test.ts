import { describe, expect, test } from 'vitest'
import type { SlashChat } from './command.js'
import { parseSlash } from './parse.js'
import { catalogueOf, type Did, recordingChat, roleOf, sessionOf } from './test-support.js'

const catalogue = catalogueOf({
  'gpt-4o': 'openai',
  'o3-mini': 'openai',
  'claude-opus': 'anthropic',
  'claude-haiku': 'anthropic',
})
const roles = [roleOf('r1', 'Reviewer'), roleOf('r2', 'Senior Reviewer')]
const plan = { planning_model: 'o3-mini', answering_model: 'claude-opus' }

type Facts = Parameters<typeof recordingChat>[0]

/** Types a line, and tells what came of it. */
async function type(line: string, facts: Facts = {}): Promise<Did[]> {
  const chat = recordingChat({ catalogue, roles, ...facts })
  await run(chat, line)
  return chat.did
}

async function run(chat: SlashChat, line: string): Promise<void> {
  const meant = parseSlash(line, { pasted: false })
  if (meant.kind !== 'command') throw new Error(`${line} is no command`)
  await meant.command.run(chat, meant.args)
}

test.each<[string, Did]>([
  ['/clear', ['new session']],
  ['/new', ['new session']],
  ['/models', ['open', 'models']],
  ['/model', ['open', 'models']],
  ['/roles', ['open', 'roles']],
  ['/role', ['open', 'roles']],
  ['/sessions', ['open', 'sessions']],
  ['/help', ['open', 'help']],
  ['/stop', ['stop']],
  ['/edit', ['edit', 1]],
  ['/edit 12', ['edit', 12]],
  ['/fork', ['fork', undefined]],
  ['/fork 12', ['fork', 12]],
  ['/quit', ['quit']],
])('%s: %j and nothing else', async (line, did) => {
  expect(await type(line)).toEqual([did])
})

describe('/model', () => {
  test('sets the model and says which, with its provider', async () => {
    expect(await type('/model GPT')).toEqual([
      ['patch', { model: 'gpt-4o', plan: null }],
      ['notice', 'info', 'Model: gpt-4o (openai)'],
    ])
  })

  test('says that plan mode went off with it', async () => {
    const did = await type('/model gpt-4o', { session: sessionOf({ plan }) })
    expect(did.at(-1)).toEqual(['notice', 'info', 'Model: gpt-4o (openai)\nPlan mode is off.'])
  })

  test('sets a model that is not in the list, and warns', async () => {
    expect(await type('/model bedrock/my own')).toEqual([
      ['patch', { model: 'bedrock/my own', plan: null }],
      ['notice', 'warn', expect.stringMatching(/^Model: bedrock\/my own\nThe gateway's list does/)],
    ])
  })

  test('refuses a beginning that several have, and changes nothing', async () => {
    const chat = recordingChat({ catalogue })
    await expect(run(chat, '/model claude')).rejects.toMatchObject({
      code: 'invalid_request',
      hint: 'claude-opus, claude-haiku',
    })
    expect(chat.did).toEqual([])
  })

  test('says nothing is set when the daemon refused', async () => {
    const chat = recordingChat({ catalogue })
    const refusing = { ...chat, patchSession: () => Promise.reject(new Error('refused')) }
    await expect(run(refusing, '/model gpt-4o')).rejects.toThrow('refused')
    expect(chat.did).toEqual([])
  })
})

describe('/role and /clear_role', () => {
  test('a role is set by its name, spaces included', async () => {
    expect(await type('/role senior reviewer')).toEqual([
      ['patch', { role_id: 'r2' }],
      ['notice', 'info', 'Role: Senior Reviewer'],
    ])
  })

  test('an unknown role is refused with those that there are', async () => {
    await expect(type('/role Poet')).rejects.toMatchObject({
      code: 'not_found',
      hint: 'The roles are: Reviewer, Senior Reviewer',
    })
  })

  test('a name cannot bring a second line or an escape into a notice', async () => {
    const did = await type('/role evil', { roles: [roleOf('r3', 'evil\n\x1b[2Jname')] })
    expect(did.at(-1)).toEqual(['notice', 'info', 'Role: evil ␛[2Jname'])
  })

  test('/clear_role names the role that was set', async () => {
    expect(await type('/clear_role', { session: sessionOf({ role_id: 'r1' }) })).toEqual([
      ['patch', { role_id: null }],
      ['notice', 'info', 'No role; Reviewer was set.'],
    ])
  })

  test('/clear_role clears a role that is not in the list', async () => {
    expect(await type('/clear_role', { session: sessionOf({ role_id: 'gone' }) })).toEqual([
      ['patch', { role_id: null }],
      ['notice', 'info', 'No role.'],
    ])
  })

  test('/clear_role without a role says so and changes nothing', async () => {
    expect(await type('/clear_role')).toEqual([['notice', 'info', 'No role is set here.']])
  })
})

describe('/model:plan-mode', () => {
  test('sets both models and names both with their providers', async () => {
    expect(await type('/model:plan-mode o3 claude-opus')).toEqual([
      ['patch', { plan }],
      [
        'notice',
        'info',
        'Plan mode is on: o3-mini (openai) plans, claude-opus (anthropic) answers.',
      ],
    ])
  })

  test('warns for each model that is not in the list', async () => {
    const did = await type('/model:plan-mode nova/a nova/b')
    expect(did[0]).toEqual([
      'patch',
      { plan: { planning_model: 'nova/a', answering_model: 'nova/b' } },
    ])
    expect(did[1]).toEqual([
      'notice',
      'warn',
      expect.stringMatching(/^Plan mode is on: .*\n.*not have nova\/a:.*\n.*not have nova\/b:.*$/),
    ])
  })

  test('warns once when both are the same unknown model', async () => {
    const [, notice] = await type('/model:plan-mode nova nova')
    expect(String(notice?.[2]).split('\n')).toHaveLength(2)
  })

  test('refuses a beginning that several have, and changes nothing', async () => {
    const chat = recordingChat({ catalogue })
    await expect(run(chat, '/model:plan-mode gpt-4o claude')).rejects.toMatchObject({
      code: 'invalid_request',
    })
    expect(chat.did).toEqual([])
  })

  test('alone it shows its usage, an example that works here, and that it is off', async () => {
    expect(await type('/model:plan-mode')).toEqual([
      [
        'notice',
        'info',
        'Usage: /model:plan-mode <planner> <answerer>\n' +
          'For example: /model:plan-mode gpt-4o o3-mini\n' +
          'Plan mode is off.',
      ],
    ])
  })

  test('the example quotes a name that needs it, and goes without a second model', async () => {
    const [notice] = await type('/model:plan-mode', {
      catalogue: catalogueOf({ 'my model': null }),
    })
    expect(notice?.[2]).toContain('/model:plan-mode "my model" "my model"\n')
  })

  test('alone while it is on it names the models, and needs no list for that', async () => {
    const [notice] = await type('/model:plan-mode', {
      catalogue: undefined,
      session: sessionOf({ plan }),
    })
    expect(notice?.[2]).toBe(
      'Usage: /model:plan-mode <planner> <answerer>\n' +
        'Plan mode is on: o3-mini plans, claude-opus answers. /model:plan-mode-off ends it.',
    )
  })
})

describe('/model:plan-mode-off', () => {
  test.each([
    ['gpt-4o', 'Back to normal mode: gpt-4o (openai) answers.'],
    [null, 'Back to normal mode: the default model answers.'],
  ])('goes back to %s', async (model, text) => {
    expect(await type('/model:plan-mode-off', { session: sessionOf({ plan, model }) })).toEqual([
      ['patch', { plan: null }],
      ['notice', 'info', text],
    ])
  })

  test('says so when plan mode is not on', async () => {
    expect(await type('/model:plan-mode-off')).toEqual([['notice', 'info', 'Plan mode is not on.']])
  })
})

test.each([
  ['/theme', 'dark', 'light'],
  ['/theme', 'light', 'dark'],
  ['/theme light', 'light', 'light'],
  ['/theme DARK', 'light', 'dark'],
] as const)('%s while it is %s makes it %s', async (line, theme, wanted) => {
  expect(await type(line, { theme })).toEqual([
    ['theme', wanted],
    ['notice', 'info', `Theme: ${wanted}`],
  ])
})

test.each([
  ['/mouse', true, false],
  ['/mouse', false, true],
  ['/mouse on', true, true],
  ['/mouse off', true, false],
])('%s while it is %s makes it %s', async (line, mouse, wanted) => {
  const [set, notice] = await type(line, { mouse })
  expect(set).toEqual(['mouse', wanted])
  expect(notice?.[2]).toContain(`Mouse: ${wanted ? 'on' : 'off'}.`)
})

test('/retry has the last message answered again', async () => {
  expect(await type('/retry')).toEqual([['retry']])
})

describe('/help with a command', () => {
  test.each(['/help theme', '/help /theme', '/help /THEME'])(
    '%s tells how it is used',
    async (line) => {
      expect(await type(line)).toEqual([
        ['notice', 'info', '/theme [dark|light]\nSwitch between dark and light, or to one of them'],
      ])
    },
  )

  test('that there is not names the nearest', async () => {
    const chat = recordingChat()
    await expect((async () => run(chat, '/help modle'))()).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'There is no command /modle. Did you mean /model?',
    })
  })
})

describe('/set', () => {
  const poet = { ...roleOf('r9', 'Poet'), params: { temperature: 1.5, seed: 7 } }
  const inRole = (params = {}): Facts => ({
    roles: [...roles, poet],
    session: sessionOf({ role_id: 'r9', params }),
  })
  const said = async (line: string, facts: Facts = {}) => (await type(line, facts)).at(-1)?.[2]

  test('sets one for the session, beside those that are set', async () => {
    const session = sessionOf({ params: { seed: 1 } })
    expect(await type('/set Temperature 0.5', { session })).toEqual([
      ['patch', { params: { temperature: 0.5, seed: 1 } }],
      ['notice', 'info', 'temperature: 0.5 (session)\nseed: 1 (session)'],
    ])
    expect(await type('/set stop "the end"', { session })).toEqual([
      ['patch', { params: { seed: 1, stop: 'the end' } }],
      ['notice', 'info', 'seed: 1 (session)\nstop: "the end" (session)'],
    ])
  })

  test('takes NAME=VALUE as -o does', async () => {
    const session = sessionOf({ params: { seed: 1 } })
    expect(await type('/set temperature=0.5', { session })).toEqual([
      ['patch', { params: { temperature: 0.5, seed: 1 } }],
      ['notice', 'info', 'temperature: 0.5 (session)\nseed: 1 (session)'],
    ])
    expect(await type('/set stop=a = b', { session })).toEqual([
      ['patch', { params: { seed: 1, stop: 'a = b' } }],
      ['notice', 'info', 'seed: 1 (session)\nstop: "a = b" (session)'],
    ])
    expect(await type('/set seed=', { session })).toEqual([
      ['patch', { params: {} }],
      ['notice', 'info', 'seed is not set any more.'],
    ])
  })

  test('without a value clears it, and says what holds instead', async () => {
    expect(await type('/set seed', inRole({ seed: 1, top_p: 1 }))).toEqual([
      ['patch', { params: { top_p: 1 } }],
      ['notice', 'info', 'seed is not set any more. The role Poet has 7.'],
    ])
    expect(await type('/set seed', inRole())).toEqual([
      ['notice', 'info', 'seed is not set in this session. The role Poet has 7.'],
    ])
    expect(await said('/set top_p', inRole())).toBe('top_p is not set in this session.')
  })

  test('alone lists what applies and where it comes from', async () => {
    const list = await said('/set', inRole({ temperature: 0, stop: ['\n', '\u202e'] }))
    expect(String(list).split('\n')).toEqual([
      'temperature: 0 (session, over 1.5 of the role Poet)',
      'seed: 7 (role Poet)',
      expect.stringMatching(/^stop: \["\\n","[^\u202e]+"\] \(session\)$/),
      '/set NAME VALUE sets one for this session, /set NAME clears it.',
      'Names: temperature, top_p, max_tokens, seed, stop, reasoning_effort.',
    ])
    expect(await said('/set')).toMatch(/^No parameter is set: the model's own hold.\n/)
  })

  test.each([
    [
      '/set temprature 1',
      'unknown parameter: temprature (did you mean temperature?); known are temp',
    ],
    ['/set temprature=1', 'unknown parameter: temprature (did you mean temperature?)'],
    ['/set temperature 3', 'temperature must be a number from 0 to 2, not "3"'],
  ])('%s is refused, and nothing is changed', async (line, message) => {
    const chat = recordingChat()
    await expect(run(chat, line)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(message),
    })
    expect(chat.did).toEqual([])
  })
})

describe('/copy', () => {
  const answer = 'Run:\n\n```sh\nls -l\n```\n\n- then\n\n  ```\n  a\n  b\n  ```\n'
  const having = (text: string | undefined) => ({ lastAnswer: async () => text })

  test('without a number copies the whole answer, and says how to have its code alone', async () => {
    expect(await type('/copy', having(answer))).toEqual([
      ['copy', answer.trim()],
      [
        'notice',
        'info',
        'Copied the last answer (/copy 1 to 2: its code alone), 12 lines.\n' +
          'If nothing arrived, the terminal does not allow it (OSC 52).',
      ],
    ])
    expect((await type('/copy', having('Yes.')))[1]?.[2]).toMatch(
      /^Copied the last answer, 1 line\./,
    )
  })

  test('with a number copies that code block, one in a list, too', async () => {
    const [first] = await type('/copy 1', having(answer))
    expect(first).toEqual(['copy', 'ls -l'])
    const [second, said] = await type('/copy 2', having(answer))
    expect(second).toEqual(['copy', 'a\nb'])
    expect(said?.[2]).toMatch(/^Copied code block 2, 2 lines\./)
    expect((await type('/copy 1', having(answer)))[1]?.[2]).toMatch(
      /^Copied code block 1 \(sh\), 1/,
    )
  })

  test.each([
    ['/copy 3', answer, 'no code block 3: the last answer has 1 to 2'],
    ['/copy 0', '```\nx\n```', 'no code block 0: the last answer has one'],
    ['/copy all', 'Yes.', 'no code block all: the last answer has no code'],
  ])('%s is refused where there is none', async (line, text, message) => {
    const chat = recordingChat(having(text))
    await expect(run(chat, line)).rejects.toMatchObject({ code: 'invalid_request', message })
    expect(chat.did).toEqual([])
  })

  test('says that there is nothing yet', async () => {
    expect(await type('/copy')).toEqual([['notice', 'warn', 'There is no answer to copy yet.']])
  })

  test('copies what one sees: what is hidden in an answer does not come along', async () => {
    const hidden = 'ls\x1b[201~\r\n\u202e\u200brm'
    expect((await type('/copy', having(hidden)))[0]).toEqual(['copy', 'ls␛[201~\n\uFFFD\uFFFDrm'])
    const code = `\`\`\`\n${hidden}\n\`\`\``
    expect((await type('/copy 1', having(code)))[0]).toEqual(['copy', 'ls␛[201~\n\uFFFD\uFFFDrm'])
  })
})

test('/rename gives the session a title, spaces and all, and says it', async () => {
  expect(await type('/rename  My own title')).toEqual([
    ['patch', { title: 'My own title' }],
    ['notice', 'info', 'Title: My own title'],
  ])
})
