import { readFileSync } from 'node:fs'
import { endianness } from 'node:os'

const listening = '0A'

/**
 * The user (uid) whose process listens where a connection to this port of a loopback address would arrive,
 * and who would read what is sent there. undefined: nobody listens, or nobody tells: Linux does, in
 * /proc; macOS tells of one's own processes only, and a container not of its host's.
 */
export function listeningUser(port: number, host = '127.0.0.1'): number | undefined {
  const listeners = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(linesOf).flatMap((line) => {
    const [, local = '', , state, , , , uid] = line.trim().split(/\s+/)
    const [address = '', of = ''] = local.split(':')
    const isThere = state === listening && Number.parseInt(of, 16) === port
    return isThere ? [{ address, uid: Number(uid) }] : []
  })
  // Of several at one port the kernel takes the most exact one: another user's at 127.0.0.2 gets nothing of ours.
  const address = addressesOf(host).find((one) => listeners.some((other) => other.address === one))
  return listeners.find((one) => one.address === address)?.uid
}

/** Whether a process of another user listens there, be it root's. Where nobody tells it counts as ours. */
export function isForeign(port: number): boolean {
  const user = listeningUser(port)
  return user !== undefined && user !== process.getuid?.()
}

const any6 = '0'.repeat(32)
const loopback6 = [`${'0'.repeat(24)}${hexOf([0, 0, 0, 1])}`, any6]

/** What a listener for an address may be bound to, as /proc writes it, the most exact first. */
function addressesOf(host: string): string[] {
  if (host === '[::1]' || host === '::1') return loopback6
  const exact = hexOf(host.split('.').map(Number))
  const mapped = `${'0'.repeat(16)}${hexOf([0, 0, 255, 255])}${exact}`
  return [exact, mapped, hexOf([0, 0, 0, 0]), any6]
}

/** Four bytes of an address; /proc has them in the order of the machine. */
function hexOf(bytes: readonly number[]): string {
  const ordered = endianness() === 'LE' ? bytes.toReversed() : bytes
  return Buffer.from(ordered).toString('hex').toUpperCase()
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\n')
  } catch {
    // No Linux, or a machine without IPv6.
    return []
  }
}
