/** The text format of Prometheus, version 0.0.4. */
export const contentType = 'text/plain; version=0.0.4; charset=utf-8'

export type Labels = Readonly<Record<string, string>>

export interface Sample {
  /** Of a histogram: `_bucket`, `_sum` or `_count`. */
  suffix?: string
  labels?: Labels
  value: number
}

export interface Family {
  name: string
  help: string
  type: 'counter' | 'gauge' | 'histogram'
  samples: readonly Sample[]
}

export function renderFamily({ name, help, type, samples }: Family): string {
  const lines = samples.map(
    ({ suffix = '', labels, value }) =>
      `${name}${suffix}${renderLabels(labels)} ${number(value)}\n`,
  )
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function renderLabels(labels: Labels | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(
    ([name, value]) => `${name}="${escapeValue(value)}"`,
  )
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

/**
 * A value may be anybody's text. The format knows three escapes; what else could end a line for some
 * reader, or is no UTF-8, becomes a mark.
 */
function escapeValue(text: string): string {
  return escapeHelp(text)
    .replaceAll('"', '\\"')
    .replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, '\ufffd')
}

export function number(value: number): string {
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  return String(value)
}
