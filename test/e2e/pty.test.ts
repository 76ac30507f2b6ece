import { expect, test } from 'vitest'
import { processStart } from '../../shared/process-start.js'
import { spawnPty } from '../support/pty.js'

test('all that a program wrote is read, also when it ends before anybody reads', async () => {
  let text = ''
  const child = spawnPty('seq', ['2000'], {}, (more) => {
    text += more
  })
  const exit = new Promise((resolve) => child.onExit(resolve))
  // The event loop is held up, as on a busy machine. The terminal holds more than this output.
  while (processStart(child.pid) !== undefined);
  expect(await exit).toMatchObject({ exitCode: 0 })
  expect(text.split('\r\n')).toEqual([...Array.from({ length: 2_000 }, (_, at) => `${at + 1}`), ''])
})
