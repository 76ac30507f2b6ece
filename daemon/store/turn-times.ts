/** SQL for the whole ms between two times. Rows come from elsewhere, too, and clocks are set back: never less than 0. */
export function msBetween(from: string, to: string): string {
  return `greatest(0, round(extract(epoch FROM ${to} - ${from}) * 1000))::float8`
}

/** SQL for how long a turn took, whole ms; null where nobody was there when it ended. */
export function elapsedMs(turn: string): string {
  return `CASE WHEN ${turn}.status IN ('complete', 'stopped', 'failed') THEN
    ${msBetween(`${turn}.created_at`, `${turn}.finished_at`)} END`
}
