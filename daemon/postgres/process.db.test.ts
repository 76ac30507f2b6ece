import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test, vi } from 'vitest'
import { processStart } from '../../shared/process-start.js'
import { answersSignals, isAlive, isPostmasterOf } from './process.js'

test('a process has one start, and others another', () => {
  expect(processStart(process.pid)).toMatch(/\S/)
  expect(processStart(process.pid)).toBe(processStart(process.pid))
  expect(processStart(process.pid)).not.toBe(processStart(process.ppid))
})

test.runIf(process.platform === 'linux')('a zombie is not alive', async () => {
  // The shell becomes a program that never reaps the child it has from before.
  const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'])
  onTestFinished(() => void parent.kill())
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const zombie = Number(line.toString())
  await vi.waitFor(() => expect(isAlive(zombie)).toBe(false), 5000)
  expect(answersSignals(zombie)).toBe(true)
  expect(processStart(zombie)).toBeUndefined()
})

test('a stranger is no postmaster', () => {
  expect(isPostmasterOf(process.pid, '/')).toBe(false)
})
