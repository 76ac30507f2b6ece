import { expect, test } from 'vitest'
import { createC2a } from '../support/c2a.js'
import { openTerminal } from '../support/terminal.js'

// The chat is a file of its own with its own copy of every class: its errors must still be known.
test.each([
  [['-s', 'zzz'], 2, 'is not a session'],
  [['-s', '0000'], 5, 'no session'],
  [['-r', 'nobody'], 5, 'no role named'],
])('the chat that cannot open says why in a line (%j exits %i)', async (args, code, words) => {
  const c2a = await createC2a()
  const terminal = openTerminal(c2a, args)
  expect(await terminal.exit).toBe(code)
  expect(terminal.screen()).toContain(words)
  expect(terminal.screen()).not.toContain('bug')
})
