import { sanitise } from './sanitise.js'
import { paintToken, type Theme } from './theme.js'

/** A text from outside with pieces of it marked: from and to, UTF-16 units, ascending. */
export function paintMatches(
  theme: Theme,
  text: string,
  matches: readonly (readonly [from: number, to: number])[],
): string {
  let painted = ''
  let at = 0
  for (const [from, to] of matches) {
    painted += sanitise(text.slice(at, from))
    painted += paintToken(theme, 'match', sanitise(text.slice(from, to)))
    at = to
  }
  return painted + sanitise(text.slice(at))
}
