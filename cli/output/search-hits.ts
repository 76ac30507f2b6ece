import type { SearchHit } from '../../shared/contract/search.js'
import { paintMatches } from '../text/matches.js'
import { sanitiseLine } from '../text/sanitise.js'
import { paintToken, type Theme } from '../text/theme.js'
import { textWidth } from '../text/width.js'
import { wrapAnsi } from '../text/wrap.js'
import { formatAge } from './age.js'
import { hitAuthor } from './hit-author.js'
import { cutMiddle, cutToWidth } from './table.js'

const indent = '  '
const widestAuthor = 20

export interface HitsOptions {
  theme: Theme
  width: number
  now: number
}

/** Lines for a terminal: a session in the place of its first hit, under it all of its hits. */
export function hitLines(hits: readonly SearchHit[], options: HitsOptions): string[] {
  const sessions = new Map<string, SearchHit[]>()
  for (const hit of hits) {
    const known = sessions.get(hit.session_id)
    if (known === undefined) sessions.set(hit.session_id, [hit])
    else known.push(hit)
  }
  const messages = hits.filter(({ message_id }) => message_id !== null)
  const authorWidth = Math.max(0, ...messages.map((hit) => textWidth(authorOf(hit))))
  return [...sessions.values()].flatMap((found, at) => [
    ...(at === 0 ? [] : ['']),
    heading(found, options),
    ...found.flatMap((hit) => linesOf(hit, authorWidth, options)),
  ])
}

function heading([hit]: readonly SearchHit[], { theme, width, now }: HitsOptions): string {
  if (hit === undefined) return ''
  const where = `${hit.session_id.slice(0, 8)}  ${formatAge(hit.created_at, now)}`
  const title = cutToWidth(sanitiseLine(hit.session_title), width - textWidth(where) - 2)
  return `${paintToken(theme, 'strong', title)}  ${paintToken(theme, 'dim', where)}`
}

/** A hit in a title has no line of its own: the title stands above. */
function linesOf(hit: SearchHit, authorWidth: number, { theme, width }: HitsOptions): string[] {
  if (hit.message_id === null) return []
  const author = authorOf(hit)
  const blanks = ' '.repeat(authorWidth - textWidth(author))
  const head = `${indent}${paintToken(theme, 'dim', author)}${blanks}  `
  const left = ' '.repeat(indent.length + authorWidth + 2)
  const text = paintMatches(theme, hit.snippet, hit.matches)
  return wrapAnsi(text, width - left.length).map((line, at) => `${at === 0 ? head : left}${line}`)
}

const authorOf = (hit: SearchHit): string => cutMiddle(sanitiseLine(hitAuthor(hit)), widestAuthor)
