import { readSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { type IPty, type IPtyForkOptions, spawn } from '@lydell/node-pty'

/** What node-pty's terminals have on Unix, and its types do not say. */
interface UnixPty extends IPty {
  readonly fd: number
  once(event: 'end', listener: () => void): void
}

/**
 * Starts a program on a pseudo-terminal and gives `onText` all that it writes before `onExit`: node-pty
 * alone may lose the end. A read of a terminal brings no more than 4,095 bytes, which libuv takes for all
 * there is once the program has ended, so that on a busy machine the rest would never be read.
 */
export function spawnPty(
  file: string,
  args: readonly string[],
  options: Omit<IPtyForkOptions, 'encoding'>,
  onText: (text: string) => void,
): IPty {
  const child = spawn(file, [...args], { ...options, encoding: null }) as UnixPty
  const decoder = new StringDecoder('utf8')
  const take = (bytes: Buffer): void => {
    const text = decoder.write(bytes)
    if (text !== '') onText(text)
  }
  // Without an encoding they are bytes.
  child.onData((data: unknown) => take(data as Buffer))
  child.once('end', () => {
    for (let rest = readRest(child.fd); rest.length > 0; rest = readRest(child.fd)) take(rest)
  })
  return child
}

function readRest(fd: number): Buffer {
  const bytes = Buffer.alloc(65_536)
  try {
    return bytes.subarray(0, readSync(fd, bytes))
  } catch {
    // EIO: Linux says so where other systems read nothing.
    return Buffer.alloc(0)
  }
}
