import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const mebibyte = 1024 * 1024

/** What Linux says of a process, in MiB: what it holds in memory now, and the most that it held since `forgetMost`. */
export function memoryOf(pid: number): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const field = (name: string): number =>
    (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024) / mebibyte
  return { now: field('VmRSS'), most: field('VmHWM') }
}

/** The most that a process held counts from here on. */
export function forgetMost(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** How many files and sockets a process has open. */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}
