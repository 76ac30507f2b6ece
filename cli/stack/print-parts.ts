import type { Environment } from '../../shared/settings.js'
import { fieldLines, type Listing, printLines, printList } from '../output/print.js'
import { sanitiseLine } from '../text/sanitise.js'
import type { PartStatus } from './status.js'

/** A table; on a terminal the logs stand below, in full, for a path that is cut leads nowhere. */
export function printParts(parts: readonly PartStatus[], env: Environment): void {
  printList(parts, listing, env)
  if (!process.stdout.isTTY) return
  const logs = parts.flatMap(({ name, log }) => (log === undefined ? [] : [[name, log] as const]))
  printLines(['', ...fieldLines(logs.map(([name, log]) => [`log of ${name}`, sanitiseLine(log)]))])
}

const listing: Listing<PartStatus> = {
  columns: [
    ...[{ title: 'SERVICE' }, { title: 'STATE' }, { title: 'VERSION', elastic: 7 }],
    ...[{ title: 'PID' }, { title: 'ADDRESS', elastic: 20 }, { title: 'NOTE', elastic: 6 }],
  ],
  forTerminal: ({ name, state, version, pid, address, note }) => [
    ...[name, state, version ?? '-', String(pid ?? '-')],
    ...[address ?? '-', note ?? '-'],
  ],
  forPipe: ({ name, state, version, pid, address, log, note }) => [
    ...[name, state, version ?? null, pid ?? null],
    ...[address ?? null, log ?? null, note ?? null],
  ],
}
