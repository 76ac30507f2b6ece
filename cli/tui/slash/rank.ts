const exact = 5e6
const sameLetters = 4e6
const beginning = 3e6
const beginningOfPart = 2e6
const inside = 1e6

/** What a letter of a scattered match is worth by where it stands. */
const letter = 1
const afterLast = 4
const firstOfPart = 8

/** What a name's parts are told apart by. */
const separator = /[\s:_\-/.@]/

/**
 * The items whose name has the letters of `query` in their order, whatever the case, best first:
 * the name itself, its beginning, the beginning of a part, any place, then scattered letters.
 * Equally good ones, and all for a blank query, keep their order.
 */
export function rankByName<Item>(
  items: readonly Item[],
  query: string,
  nameOf: (item: Item) => string,
): Item[] {
  const wanted = query.trim()
  if (wanted === '') return [...items]
  return items
    .map((item) => ({ item, score: score(nameOf(item), wanted) }))
    .filter((ranked) => ranked.score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ item }) => item)
}

function score(name: string, wanted: string): number {
  if (name === wanted) return exact
  const low = name.toLowerCase()
  const lowWanted = wanted.toLowerCase()
  if (low === lowWanted) return sameLetters
  const found = low.indexOf(lowWanted)
  if (found === 0) return beginning
  if (found === -1) return scattered(low, lowWanted)
  for (let at = found; at !== -1; at = low.indexOf(lowWanted, at + 1)) {
    if (isFirstOfPart(low, at)) return beginningOfPart
  }
  return inside
}

/** The best of all ways to find the letters one after another; 0 when there is none. */
function scattered(name: string, wanted: string): number {
  if (!hasInOrder(name, wanted)) return 0
  let before: number[] = []
  for (let row = 0; row < wanted.length; row++) {
    const current: number[] = []
    let earlier = row === 0 ? 0 : Number.NEGATIVE_INFINITY
    for (let column = 0; column < name.length; column++) {
      const neighbour = at(before, column - 1)
      earlier = Math.max(earlier, neighbour)
      const fits = name[column] === wanted[row]
      const place = fits ? placeValue(name, column) : Number.NEGATIVE_INFINITY
      current.push(Math.max(earlier, neighbour + afterLast) + place)
    }
    before = current
  }
  return before.reduce((best, sum) => Math.max(best, sum), 0)
}

function placeValue(name: string, column: number): number {
  return letter + (isFirstOfPart(name, column) ? firstOfPart : 0)
}

function hasInOrder(name: string, wanted: string): boolean {
  let found = 0
  for (let column = 0; column < name.length && found < wanted.length; column++) {
    if (name[column] === wanted[found]) found += 1
  }
  return found === wanted.length
}

function isFirstOfPart(name: string, at: number): boolean {
  const before = name[at - 1]
  return before === undefined || separator.test(before)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.NEGATIVE_INFINITY
}
