import { readFileSync } from 'node:fs'

const listening = '0A'

/**
 * Whether a process of another user listens on the port: what it says there is not our part's, and a key
 * sent to it would be his. Linux tells; elsewhere nobody does, and it counts as ours.
 */
export function isForeign(port: number): boolean {
  const us = process.getuid?.()
  if (us === undefined) return false
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(linesOf).some((line) => {
    const [, local = '', , state, , , , uid] = line.trim().split(/\s+/)
    const isThere = Number.parseInt(local.split(':')[1] ?? '', 16) === port
    return isThere && state === listening && Number(uid) !== us
  })
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\n')
  } catch {
    // No Linux, or a machine without IPv6.
    return []
  }
}
