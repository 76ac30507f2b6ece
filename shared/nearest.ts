/** The candidate that a mistyped word most likely means; undefined when none is close. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = word.toLowerCase()
  let best: { candidate: string; distance: number } | undefined
  // A third of the letters may be wrong: further away it is another word.
  const allowed = Math.max(1, Math.floor(wanted.length / 3))
  for (const candidate of candidates) {
    const name = candidate.toLowerCase()
    const isBeginning = name.startsWith(wanted) && wanted !== ''
    // So much longer or shorter it is too far away in any case, and comparing takes the product of both.
    if (!isBeginning && Math.abs(name.length - wanted.length) > allowed) continue
    const distance = isBeginning ? 0.5 : editDistance(wanted, name)
    if (distance < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { candidate, distance }
  }
  return best !== undefined && best.distance <= allowed ? best.candidate : undefined
}

/** Insertions, deletions, replacements and swaps of neighbours between two words. */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (same ? 0 : 1),
      )
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, at(before, column - 2) + 1)
      current.push(cost)
    }
    before = previous
    previous = current
  }
  return at(previous, b.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}

/** How much of an unknown name a message repeats, UTF-16 units; a longer one is no slip of the fingers. */
const longest = 40

/** What to say of names that are not known: those that are, and the one that was probably meant. */
export function unknownNames(
  names: readonly string[],
  known: readonly string[],
  what = 'unknown',
): string {
  const shown = names.slice(0, 3).map((name) => {
    if (name.length > longest) return `${name.slice(0, longest)}…`
    const meant = nearest(name, known)
    return meant === undefined ? name : `${name} (did you mean ${meant}?)`
  })
  const more = names.length > shown.length ? ', …' : ''
  return `${what}: ${shown.join(', ')}${more}; known are ${known.join(', ')}`
}
