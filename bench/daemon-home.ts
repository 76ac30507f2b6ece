import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient } from '../shared/client/client.js'

/** A personal daemon as users have it: a process of its own with a managed Postgres, fsync on. */
export interface DaemonHome {
  readonly env: Readonly<Record<string, string>>
  readonly launcher: string
  /** Over the unix socket. */
  readonly client: Client
  /** Stops the daemon and removes the home. */
  close(): void
}

export function startDaemonHome(gatewayUrl: string): DaemonHome {
  const launcher = join(process.env['C2A_ROOT'] ?? '.', 'bin', 'c2a')
  const home = mkdtempSync(join(tmpdir(), 'c2a-bench-'))
  const env = {
    PATH: process.env['PATH'] ?? '',
    ...{ HOME: home, C2A_HOME: home, LANG: 'C.UTF-8', TERM: 'xterm-256color' },
    LITELLM_ENDPOINT: gatewayUrl,
  }
  const c2a = (...args: string[]): void => {
    const { status, stderr } = spawnSync(process.execPath, [launcher, ...args], { env })
    if (status !== 0) throw new Error(`c2a ${args.join(' ')}: exit ${status}\n${stderr}`)
  }
  c2a('daemon', 'start')
  const token = readFileSync(join(home, 'token'), 'utf8').trim()
  const client = createClient({ target: { socketPath: join(home, 'c2a.sock') }, token })
  return {
    env,
    launcher,
    client,
    close() {
      client.close()
      c2a('daemon', 'stop')
      rmSync(home, { recursive: true, force: true })
    },
  }
}
