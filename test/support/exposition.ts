/** A strict reader of Prometheus' text format 0.0.4, from its specification and not from our writer. */

export interface Metric {
  type: string
  help: string
  samples: { name: string; labels: Record<string, string>; value: number }[]
}

const name = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const header = new RegExp(`^# (HELP|TYPE) (${name}) (.*)$`)
const sample = new RegExp(`^(${name})(?:\\{(.*)\\})? ([-+]?(?:Inf|NaN|[0-9.]+(?:e[-+]?[0-9]+)?))$`)
const types = ['counter', 'gauge', 'histogram', 'summary', 'untyped']

/** Throws on the first line that a scraper could refuse. */
export function readExposition(text: string): Map<string, Metric> {
  if (!text.endsWith('\n')) throw new Error('the last line must end')
  const metrics = new Map<string, Metric>()
  const seen = new Set<string>()
  let current = ''
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, named = '', rest = ''] = header.exec(line) ?? []
    if (kind === 'HELP') {
      if (metrics.has(named)) throw new Error(`HELP twice, or metrics mixed: ${named}`)
      metrics.set(named, { help: rest, type: '', samples: [] })
      current = named
      continue
    }
    const metric = metrics.get(current)
    if (metric === undefined) throw new Error(`before any HELP: ${line}`)
    if (kind === 'TYPE') {
      if (named !== current || metric.type !== '' || metric.samples.length > 0) {
        throw new Error(`TYPE out of place: ${line}`)
      }
      if (!types.includes(rest)) throw new Error(`no such type: ${line}`)
      metric.type = rest
      continue
    }
    const [, series, pairs, value] = sample.exec(line) ?? []
    if (series === undefined) throw new Error(`not a sample: ${line}`)
    const suffix = series.slice(current.length)
    const suffixes = metric.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
    if (!series.startsWith(current) || !suffixes.includes(suffix)) {
      throw new Error(`among the samples of ${current}: ${line}`)
    }
    const labels = readLabels(pairs ?? '')
    const identity = `${series} ${JSON.stringify(Object.entries(labels).sort())}`
    if (seen.has(identity)) throw new Error(`twice: ${line}`)
    seen.add(identity)
    metric.samples.push({ name: series, labels, value: Number(value?.replace('Inf', 'Infinity')) })
  }
  for (const [named, metric] of metrics) {
    if (metric.type === 'histogram') checkBuckets(named, metric)
  }
  return metrics
}

/** Of a counter or a gauge; undefined: there is no such sample. */
export function sampleValue(
  metrics: Map<string, Metric>,
  series: string,
  labels: Record<string, string> = {},
): number | undefined {
  const [named = ''] = series.split(/_(?:bucket|sum|count)$/)
  const { samples } = metrics.get(series) ?? metrics.get(named) ?? { samples: [] }
  const wanted = Object.entries(labels)
  return samples.find(
    (one) => one.name === series && wanted.every(([key, value]) => one.labels[key] === value),
  )?.value
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  let rest = text
  while (rest !== '') {
    const match = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/.exec(rest)
    if (match === null) throw new Error(`not labels: ${text}`)
    const [whole, key = '', value = ''] = match
    if (Object.hasOwn(labels, key)) throw new Error(`a label twice: ${text}`)
    labels[key] = value.replace(/\\(.)/g, (_, mark) => (mark === 'n' ? '\n' : mark))
    rest = rest.slice(whole.length)
  }
  return labels
}

function checkBuckets(named: string, { samples }: Metric): void {
  const buckets = samples.filter((one) => one.name === `${named}_bucket`)
  let [bound, count] = [-Infinity, 0]
  for (const { labels, value } of buckets) {
    const le = Number(labels['le']?.replace('Inf', 'Infinity'))
    if (!(le > bound) || value < count) throw new Error(`buckets of ${named} do not add up`)
    ;[bound, count] = [le, value]
  }
  const total = samples.find((one) => one.name === `${named}_count`)?.value
  if (bound !== Infinity || total !== count) throw new Error(`${named}: +Inf is not the count`)
}
