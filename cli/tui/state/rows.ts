interface Row {
  readonly id: string
}

export function without<Item extends Row>(items: readonly Item[], id: string): Item[] {
  return items.filter((item) => item.id !== id)
}

/** The marker of a list that has changed: on the same row, else on the one that took its place. */
export function markedAfter(
  before: readonly Row[],
  after: readonly Row[],
  marked: string | undefined,
): string | undefined {
  if (after.some(({ id }) => id === marked)) return marked
  const at = before.findIndex(({ id }) => id === marked)
  return at < 0 ? undefined : after[Math.min(at, after.length - 1)]?.id
}
