import { expect, test } from 'vitest'
import { openTerminal } from '../support/terminal.js'
import { openTui, shareHome } from '../support/tui.js'

const info = (id: string, prices: object) => ({
  model_name: id,
  model_info: { id, mode: 'chat', litellm_provider: 'openai', ...prices },
})

/** Cheap: an answer costs less than a thousandth. Dear: $1.90. */
const home = shareHome(
  {
    modelInfo: {
      data: [
        info('ok', { input_cost_per_token: 0.000_05, output_cost_per_token: 0.000_15 }),
        info('ok+dear', { input_cost_per_token: 0.1, output_cost_per_token: 0.25 }),
        info('ok+new', {}),
      ],
    },
  },
  { env: { C2A_BUDGET_SESSION_USD: '2' } },
)

test('the status line has the tokens of the last answer and what the session has cost', async () => {
  const tui = await openTui(home, ['-n', '-m', 'ok'])
  tui.type('Hi\r')
  await tui.shows('~$0.0010')
  await tui.matchesAtAllSizes('cost')
  tui.type('And?\r')
  await tui.shows('~$0.0021')
  const [session] = await home.client.listSessions(1)
  await home.c2a.run(['ask', '-s', session?.id ?? '', 'from elsewhere'])
  await tui.shows('~$0.0032')
  const figures = /\d\.\ds · 4 tok/g
  await tui.until((screen) => screen.match(figures)?.length === 3)
  const live = tui.screen().match(figures)
  const again = await openTui(home, ['-s', session?.id ?? ''])
  await again.shows('~$0.0032')
  expect(again.screen().match(figures)).toEqual(live)
})

test('a question beyond the budget goes back to the composer, with what to do', async () => {
  const tui = await openTui(home, ['-n', '-m', 'ok+dear'])
  tui.type('Hi\r')
  await tui.shows('session ~$1.90 of $2.00')
  tui.type('/cost\r')
  await tui.shows(
    'This session: 9 tokens in, 4 out, ~$1.90 of $2.00',
    'Today (UTC), all sessions: ~$',
  )
  tui.type('And this one is dearer\r')
  await tui.shows('~$1.90 is spent in this one', 'c2a config set budget.session_usd')
  expect(tui.draft()).toContain('And this one is dearer')
  expect(home.upstream.hits('ok+dear')).toBe(1)
})

test('that nothing holds a model without a price is told under its answer', async () => {
  const tui = await openTui(home, ['-n', '-m', 'ok+new'])
  tui.type('Hi\r')
  await tui.shows('Hello, world.', 'no price is known for ok+new')
})

test('a line at a time the same is said after an answer, and /cost is there, too', async () => {
  const terminal = openTerminal(home.c2a, ['--plain', '-n', '-m', 'ok+dear'])
  const idle = (screen: string): boolean => /\n>$/.test(screen)
  await terminal.until(idle)
  terminal.type('Hi\r')
  await terminal.until((screen) => /\d\.\ds, 4 tokens\.\n.*~\$1\.90.*\n>$/.test(screen))
  expect(terminal.screen()).toContain('This session has cost ~$1.90 of $2.00.')
  terminal.type('/cost\r')
  await terminal.until((screen) =>
    screen.includes(
      'This session: 9 tokens in, 4 out, ~$1.90 of $2.00\nToday (UTC), all sessions: ',
    ),
  )
})
