import { expect, onTestFinished, test, vi } from 'vitest'
import { beforeBrokenPipe, exitWith, watchStdout } from './exit.js'

test('what is left to do is done once, however many writes fail, and the program ends with 0', async () => {
  const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never)
  const before = new Set(process.stdout.listeners('error'))
  onTestFinished(() => {
    exit.mockRestore()
    for (const listener of process.stdout.listeners('error')) {
      if (!before.has(listener)) process.stdout.off('error', listener as () => void)
    }
  })
  watchStdout()
  let times = 0
  let done = (): void => undefined
  beforeBrokenPipe(() => {
    times += 1
    return new Promise<void>((resolve) => {
      done = resolve
    })
  })
  for (let n = 0; n < 3; n++)
    process.stdout.emit('error', Object.assign(new Error(), { code: 'EPIPE' }))
  expect(times).toBe(1)
  // The answer that was stopped may be there before the word that it was.
  exitWith(7)
  await new Promise((resolve) => process.stdout.write('', resolve))
  expect(exit.mock.calls).toEqual([])
  done()
  await vi.waitFor(() => expect(exit.mock.calls).toEqual([[0]]))
})
