import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createLog } from './log.js'

function logFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'c2a-log-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return join(directory, 'daemon.log')
}

const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

test('a line is one JSON object with level, time and words', () => {
  const file = logFile()
  const log = createLog({ level: 'info', file })
  log.info({ turn: 't' }, 'two\nlines')
  log.debug('not asked for')
  expect(linesOf(file)).toEqual([
    { level: 'info', time: expect.any(String), turn: 't', msg: 'two\nlines' },
  ])
  const { time } = linesOf(file)[0]
  expect(new Date(time).toISOString()).toBe(time)
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('the file of a personal daemon is moved aside at 10 MB, and the one before it goes', () => {
  const file = logFile()
  writeFileSync(file, '')
  truncateSync(file, 10 * 1024 * 1024 + 1)
  writeFileSync(`${file}.1`, 'older')
  const log = createLog({ level: 'info', file })
  log.info('first of the new one')
  log.info('second')
  expect(linesOf(file).map(({ msg }) => msg)).toEqual(['first of the new one', 'second'])
  expect(statSync(`${file}.1`).size).toBe(10 * 1024 * 1024 + 1)
})
