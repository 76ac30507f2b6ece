import type { Client } from '../../shared/client/client.js'
import type { SearchHit } from '../../shared/contract/search.js'
import { formatAge } from '../output/age.js'
import { hitAuthor } from '../output/hit-author.js'
import { printLines } from '../output/print.js'
import { sanitiseLine } from '../text/sanitise.js'
import { showOpening } from './line-opening.js'
import { type LineChat, notice, printText } from './line-state.js'

/** Hits that are read out: the best of them. */
const shownHits = 10

/** Prints what is found, best first; a number opens its session at that message. Throws ProblemError. */
export async function printHits(chat: LineChat, client: Client, q?: string): Promise<void> {
  if (q === undefined) return notice(chat, 'What is looked for follows: /search TEXT')
  const { items: hits, older } = await client.search({ q, limit: shownHits })
  if (hits.length === 0) return notice(chat, 'Nothing found.')
  for (const [index, hit] of hits.entries()) printText(lineOf(hit, index))
  printLines([''])
  chat.choices = hits.map((hit) => async (_, opening) => {
    chat.session = await opening.getSession(hit.session_id)
    await showOpening(chat, opening, hit.variant_of ?? hit.message_id ?? undefined)
  })
  const rest = older === undefined ? '' : ' There is more; other words narrow it down.'
  notice(chat, `A number opens one; Enter leaves it.${rest}`)
}

function lineOf(hit: SearchHit, index: number): string {
  const { session_title, created_at, snippet, message_id } = hit
  const where = `${index + 1}. ${session_title}, ${formatAge(created_at, Date.now())}`
  const line = message_id === null ? where : `${where}, ${hitAuthor(hit)}: ${snippet}`
  return sanitiseLine(line)
}
