import type { Database } from '../database.js'
import type { Gateway } from '../gateway/types.js'
import { databaseAnswers } from '../readiness.js'
import type { TurnService } from '../turns/service.js'
import { createMeters, type Meters } from './meters.js'
import { registerProcess } from './process-gauges.js'
import { createRegistry } from './registry.js'
import { registerState } from './state-gauges.js'

export interface Metrics {
  /** What the daemon's parts count with. */
  meters: Meters
  /** Once they are there. */
  watch(parts: { database: Database; gateway: Gateway; turns: TurnService }): void
  /** In Prometheus' text format. */
  read(): Promise<string>
  close(): void
}

/** All figures of one daemon. docs/operations.md says what to watch. */
export function createMetrics(release: { version: string; build: string }): Metrics {
  const registry = createRegistry()
  const endProcess = registerProcess(registry, release)
  const meters = createMeters(registry)
  let look = async (): Promise<void> => {}
  return {
    meters,
    watch({ database, gateway, turns }) {
      const { pool, posts, writer } = database
      look = registerState({
        registry,
        turns,
        gateway,
        pools: { reads: pool, posts, writer },
        databaseAnswers: () => databaseAnswers(database),
      })
    },
    async read() {
      await look()
      return registry.render()
    },
    close: endProcess,
  }
}
