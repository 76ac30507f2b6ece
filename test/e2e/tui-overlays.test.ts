import { beforeEach, describe, expect, test } from 'vitest'
import { keys, openTui, shareHome } from '../support/tui.js'

const info = (id: string, provider: string, window: number | null, price: number | null) => ({
  model_name: id,
  litellm_params: { model: `${provider}/${id}` },
  model_info: {
    id,
    mode: 'chat',
    litellm_provider: provider,
    max_input_tokens: window,
    input_cost_per_token: price,
    output_cost_per_token: price === null ? null : price * 4,
    supports_vision: provider === 'anthropic',
    supports_function_calling: provider !== 'ollama',
  },
})

const home = shareHome({
  models: ['ok', 'echo', 'gate', 'claude-sonnet', 'gpt-mini', 'local/llama'],
  modelInfo: {
    data: [
      info('ok', 'openai', 128_000, 0.000_002_5),
      info('echo', 'openai', 8_192, 0),
      info('gate', 'openai', null, null),
      info('claude-sonnet', 'anthropic', 200_000, 0.000_003),
      info('gpt-mini', 'openai', 1_047_576, 0.000_000_15),
      info('local/llama', 'ollama', 32_768, null),
    ],
  },
})

beforeEach(async () => {
  const { client } = home
  for (const title of ['Older talk', 'A talk with 日本語 in it', 'Newest talk']) {
    await client.createSession({ title })
  }
  await client.createRole({ name: 'Poet', instructions: 'Rhyme.' })
  await client.createRole({ name: 'Code reviewer', instructions: 'Find what is wrong.\nSay why.' })
})

const open = () => openTui(home, ['-n', '-m', 'ok'])

describe('what lies over the screen', () => {
  test('the slash menu', async () => {
    const tui = await open()
    tui.type('/')
    await tui.matchesAtAllSizes('slash-menu')
    tui.type('mo')
    await tui.matches('slash-menu-narrowed')
    tui.type(`del ${keys.down}${keys.down}`)
    await tui.matches('slash-menu-models')
  })

  test('the model picker, its filter and plan mode in it', async () => {
    const tui = await open()
    tui.type(keys.ctrl('o'))
    await tui.matchesAtAllSizes('model-picker')
    tui.type(`${keys.down}p`)
    await tui.matches('model-picker-planner')
    tui.type('/so')
    await tui.matches('model-picker-filter')
  })

  test('the model picker marks the model that answers where nobody chose one', async () => {
    const tui = await openTui(home, ['-n'])
    tui.type(keys.ctrl('o'))
    await tui.shows('│▌● ok ')
  })

  test('the form of a role: new, with a mistake, and of one that is there', async () => {
    const tui = await open()
    tui.type(keys.ctrl('t'))
    await tui.shows('Poet')
    tui.type('n')
    await tui.matchesAtAllSizes('role-form-empty')
    tui.type(keys.ctrl('s'))
    await tui.matches('role-form-mistake')
    tui.type('No one')
    await tui.hides('a role needs a name')
    tui.type(keys.escape)
    await tui.matches('role-form-leaving')
    tui.type(keys.escape)
    await tui.hides('No one')
    expect(await home.client.listRoles()).toHaveLength(2)
  })

  test('the form with what a role says', async () => {
    const tui = await open()
    tui.type(keys.ctrl('t'))
    await tui.shows('Code reviewer')
    tui.type(`${keys.down}e`)
    await tui.matchesAtAllSizes('role-form')
  })

  test('the questions before something is deleted', async () => {
    const tui = await open()
    tui.type(keys.ctrl('s'))
    await tui.shows('Newest talk')
    tui.type(`${keys.down}d`)
    await tui.matchesAtAllSizes('confirm-session')
    tui.type('n')
    await tui.hides('y/N')
    expect(await home.client.listSessions()).toHaveLength(4)
  })

  test('the help, and how it scrolls', async () => {
    const tui = await open()
    tui.type(keys.f1)
    await tui.matchesAtAllSizes('help')
    tui.resize(80, 24)
    // A page is as high as the screen is by then.
    await tui.matches('help')
    tui.type(keys.pageDown)
    await tui.matches('help-page-down')
    tui.type(keys.end)
    await tui.matches('help-end')
  })

  test('the sessions', async () => {
    const tui = await open()
    tui.type(keys.ctrl('s'))
    await tui.matches('sessions-overlay')
    tui.type('/older')
    await tui.matches('sessions-overlay-found')
  })

  test('the roles', async () => {
    const tui = await open()
    tui.type(keys.ctrl('t'))
    await tui.matches('roles-overlay')
  })

  test('the panes with the focus, where there is room for them', async () => {
    for (const [columns, rows] of [
      [120, 40],
      [200, 60],
    ] as const) {
      const tui = await openTui(home, ['-C'], { columns, rows })
      tui.type(keys.ctrl('s'))
      await tui.matches('sessions-pane')
      tui.type('/older')
      await tui.matches('sessions-pane-found')
      tui.type(keys.escape)
      await tui.shows('SESSIONS (3)')
      tui.type(keys.ctrl('t'))
      tui.type(keys.down)
      await tui.matches('roles-pane')
      tui.type(keys.escape)
      await tui.shows('F1 help')
      tui.type(keys.ctrl('b'))
      await tui.matches('panes-hidden')
      tui.type(keys.ctrl('d'))
      expect(await tui.exit).toBe(0)
    }
  })
})
