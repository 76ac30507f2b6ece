import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, type Owner } from '../personal/presence.js'
import type { Place } from './place.js'

/** A process that `up` started: the pid file of a part. */
export interface PartRecord extends Owner {
  /** URL or host:port. */
  readonly address: string
  readonly port: number
  readonly version?: string
  readonly started_at: string
  /** What it was started with, as a hash: with something else it is started again. */
  readonly of: string
}

const file = (place: Pick<Place, 'state'>, name: string): string =>
  join(place.state, `${name}.json`)

export const logOf = (place: Place, name: string): string => join(place.state, `${name}.log`)

/** Of a process that runs still; the pid of one that is gone may be anybody's by now. */
export function readRunning(place: Pick<Place, 'state'>, name: string): PartRecord | undefined {
  const record = readRecord(place, name)
  return record !== undefined && isAlive(record) ? record : undefined
}

/** Also of one that is gone: its port is free again, most likely. */
export function readRecord(place: Pick<Place, 'state'>, name: string): PartRecord | undefined {
  try {
    return JSON.parse(readFileSync(file(place, name), 'utf8'))
  } catch {
    // It was never started.
    return undefined
  }
}

export function writeRecord(place: Place, name: string, record: PartRecord): void {
  const draft = `${file(place, name)}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, file(place, name))
}

export function removeRecord(place: Place, name: string): void {
  rmSync(file(place, name), { force: true })
}
