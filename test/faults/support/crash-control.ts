import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { CrashPointName } from '../../../daemon/crash-point.js'

const packageRoot = fileURLToPath(new URL('../../..', import.meta.url))
const asReleased = pathToFileURL(join(packageRoot, 'dist', 'daemon.cjs')).href

export interface CrashableDaemon {
  /** For `startReplicas({ bundle })`. */
  readonly bundle: string
  remove(): void
}

/** Builds a daemon with crash points; each of its processes needs `env` of a control of its own. */
export async function buildCrashableDaemon(): Promise<CrashableDaemon> {
  const directory = mkdtempSync(join(tmpdir(), 'c2a-crashable-'))
  const bundle = join(directory, 'daemon.cjs')
  await build({
    absWorkingDir: packageRoot,
    entryPoints: ['daemon/main.ts'],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node20',
    external: ['pg-native'],
    logLevel: 'warning',
    // It finds sql/ where the released one does.
    define: { 'import.meta.url': JSON.stringify(asReleased) },
    plugins: [
      {
        name: 'crash points',
        setup: ({ onResolve }) => {
          const path = fileURLToPath(new URL('crash-points.ts', import.meta.url))
          onResolve({ filter: /\/crash-point\.js$/ }, () => ({ path }))
        },
      },
    ],
  })
  return { bundle, remove: () => rmSync(directory, { recursive: true }) }
}

/** A daemon that stands at a crash point, until one of the two is called. */
export interface Held {
  go(): void
  /** The point throws an error of a kind that nobody expects. */
  throw(): void
}

/** The test's end of one daemon's crash points, over all its restarts. */
export interface CrashControl {
  readonly env: Record<string, string>
  /** Holds the daemon the next time that it comes to the point; it passes all others. */
  next(name: CrashPointName): Promise<Held>
  /** Forgets what was to be held. */
  clear(): void
  close(): void
}

export async function createCrashControl(): Promise<CrashControl> {
  const directory = mkdtempSync(join(tmpdir(), 'c2a-crash-'))
  const path = join(directory, 'control')
  const armed = new Map<string, (held: Held) => void>()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    const lines = createInterface(socket)
    // A daemon that was killed: the reader of its lines passes it on.
    for (const one of [socket, lines]) one.on('error', () => undefined)
    lines.on('line', (line) => {
      const [id = '', name = ''] = line.split(' ')
      const say = (word: string): void => {
        if (socket.writable) socket.write(`${id} ${word}\n`)
      }
      const hold = armed.get(name)
      armed.delete(name)
      if (hold === undefined) say('go')
      else hold({ go: () => say('go'), throw: () => say('throw') })
    })
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return {
    env: { C2A_CRASH_SOCKET: path },
    next: (name) => new Promise((resolve) => armed.set(name, resolve)),
    clear: () => armed.clear(),
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
