import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { ProblemError } from '../../shared/contract/problem.js'
import { processStart } from '../../shared/process-start.js'
import { isAlive } from '../personal/presence.js'
import type { Place } from './place.js'

/** One command at a time brings parts up and down. Throws ProblemError `invalid_request` for the second. */
export async function withTurn<Result>(place: Place, work: () => Promise<Result>): Promise<Result> {
  const path = join(place.state, 'busy')
  const us = { pid: process.pid, start: processStart(process.pid) ?? '' }
  const holder = take(path, us)
  if (holder !== undefined) {
    throw new ProblemError('invalid_request', `another c2a stack is at work (pid ${holder})`, {
      hint: 'Wait until it is done.',
    })
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

/** The pid of who has it; undefined when it is ours now. */
function take(path: string, us: { pid: number; start: string }): number | undefined {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const fd = openSync(path, 'wx', 0o600)
      writeSync(fd, JSON.stringify(us))
      closeSync(fd)
      return undefined
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = holderOf(path)
    if (holder !== undefined && isAlive(holder)) return holder.pid
    rmSync(path, { force: true })
  }
  return process.pid
}

function holderOf(path: string): { pid: number; start: string } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    // Cut off while it was written.
    return undefined
  }
}
