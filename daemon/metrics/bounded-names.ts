/** What names beyond the bound are counted under. */
export const otherNames = 'other'

/** Longer than what gateways call their models; each label value is sent with every scrape. */
const mostLength = 100

/**
 * Names for a label: the first `most` keep their own, for each is kept for good and names come from
 * users. A model may be called "other", too, and is then counted there.
 */
export function boundedNames(most: number): (name: string) => string {
  const known = new Set<string>()
  return (name) => {
    if (known.has(name)) return name
    if (known.size >= most || name.length > mostLength) return otherNames
    known.add(name)
    return name
  }
}
