import { expect, test } from 'vitest'
import { slashHelp } from './help.js'
import { slashCommands } from './registry.js'

test('every command has a row with how it is typed and what it does', () => {
  const rows = slashHelp()
  expect(rows).toHaveLength(slashCommands.length)
  for (const { summary } of rows) expect(summary).not.toBe('')
  expect(rows.map(({ usage }) => usage)).toEqual([
    '/clear',
    '/model <name>',
    '/models',
    '/role <name>',
    '/roles',
    '/clear_role',
    '/model:plan-mode <planner> <answerer>',
    '/model:plan-mode-off',
    '/set <name> [value]',
    '/new',
    '/rename <title>',
    '/sessions',
    '/search [text]',
    '/stop',
    '/retry',
    '/edit [n]',
    '/fork [n]',
    '/copy [block]',
    '/cost',
    '/theme [dark|light]',
    '/mouse [on|off]',
    '/help [command]',
    '/quit',
  ])
})
