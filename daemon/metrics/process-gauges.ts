import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { Registry } from './registry.js'

/** How often the delay is measured, ms: what is reported is what comes on top. */
const resolutionMs = 20

/**
 * The process itself, under the names that dashboards know. Returns what ends it. The delay of the
 * event loop is measured from the first scrape on, and each scrape tells of the time since the one
 * before: a daemon that nobody watches wakes up for nothing.
 */
export function registerProcess(
  registry: Registry,
  { version, build }: { version: string; build: string },
): () => void {
  registry.gauge('c2a_build_info', 'Always 1; what runs', () => [
    { labels: { version, build, node: process.versions.node }, value: 1 },
  ])
  const startedAt = Date.now() / 1_000 - process.uptime()
  registry.gauge('process_start_time_seconds', 'When it started, Unix time', () => startedAt)
  registry.gauge('process_resident_memory_bytes', 'Memory it holds', () =>
    process.memoryUsage.rss(),
  )
  registry.gauge(
    'nodejs_heap_size_used_bytes',
    "Of V8's heap",
    () => process.memoryUsage().heapUsed,
  )
  registry.reading('process_cpu_seconds_total', 'CPU time, user and system', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  registry.reading(
    'c2a_event_loop_active_seconds_total',
    'Time that the event loop was not idle; near 1 a second it is the limit',
    () => performance.eventLoopUtilization().active / 1_000,
  )
  let delays: IntervalHistogram | undefined
  registry.gauge(
    'c2a_event_loop_delay_seconds',
    'How late timers fired since the scrape before: median, 99 of 100, latest',
    () => {
      if (delays === undefined) {
        delays = monitorEventLoopDelay({ resolution: resolutionMs })
        delays.enable()
        return []
      }
      const samples = [0.5, 0.99, 1].map((quantile) => ({
        labels: { quantile: String(quantile) },
        value: delayOf(delays, quantile),
      }))
      delays.reset()
      return samples
    },
  )
  return () => void delays?.disable()
}

/** In seconds; the histogram holds whole intervals in nanoseconds. */
function delayOf(delays: IntervalHistogram | undefined, quantile: number): number {
  if (delays === undefined || delays.count === 0) return 0
  const interval = quantile === 1 ? delays.max : delays.percentile(quantile * 100)
  return Math.max(0, interval / 1e9 - resolutionMs / 1_000)
}
