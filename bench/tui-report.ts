/** A figure with the most it may be; `text` is how it is printed. */
export interface Bar {
  readonly value: number
  readonly most: number
  readonly text: string
}

/** Prints `name  text   at most N  ok`. Without a bar the figure is only told. */
export function report(name: string, figure: string | Bar): void {
  const label = `  ${name.padEnd(42)}`
  if (typeof figure === 'string') return console.log(label + figure)
  const verdict = figure.value <= figure.most ? 'ok' : 'MISSED'
  console.log(`${label}${figure.text.padEnd(34)} at most ${figure.most}: ${verdict}`)
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The value that a share of the values does not exceed (nearest rank); NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

/** `p50 3.1, p95 6.0, max 9.9`. */
export function spread(values: readonly number[], digits = 1): string {
  const at = (share: number): string => quantile(values, share).toFixed(digits)
  return `p50 ${at(0.5)}, p95 ${at(0.95)}, max ${at(1)}`
}
