/**
 * SQL for how long a turn took, whole ms; null where nobody was there when it ended. Rows come from
 * elsewhere, too, and clocks are set back.
 */
export function elapsedMs(turn: string): string {
  return `CASE WHEN ${turn}.status IN ('complete', 'stopped', 'failed') THEN
    greatest(0, round(extract(epoch FROM ${turn}.finished_at - ${turn}.created_at) * 1000))::float8 END`
}
