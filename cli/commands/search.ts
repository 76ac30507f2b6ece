import { Command, Option } from 'commander'
import type { Client, SearchWanted } from '../../shared/client/client.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { SearchHit } from '../../shared/contract/search.js'
import { withClient } from '../connect.js'
import { limitUpTo } from '../input/limit.js'
import { parseMoment } from '../input/moment.js'
import { pickSession } from '../input/pick.js'
import { printJson, printLines } from '../output/print.js'
import { say } from '../output/report.js'
import { hitLines } from '../output/search-hits.js'
import { pipeLine } from '../output/table.js'
import { themeOf } from '../output/terminal-theme.js'

interface SearchOptions {
  limit: number
  session?: string
  author?: 'user' | 'assistant'
  model?: string
  role?: string
  since?: string
  before?: string
  newest?: boolean
  json?: boolean
}

/** The API gives no longer page. */
const pageLength = 100
const mostHits = 1_000

export function searchCommand(): Command {
  return new Command('search')
    .summary('find words in all that was said')
    .description(
      'Looks through your messages, the answers and the titles of sessions, the best hits first. All ' +
        'words must be there, each as the beginning of a word; "in quotes" are words in this order; ' +
        "-word leaves out, in quotes like 'sort -bubble'; OR is for alternatives. Upper case and " +
        'punctuation make no difference.',
    )
    .argument('<words...>', 'what to look for')
    .option('-n, --limit <n>', 'at most so many hits', limitUpTo(mostHits), 20)
    .option('-s, --session <id>', 'in this session only; the id or its beginning')
    .addOption(new Option('--author <who>', 'who wrote it').choices(['user', 'assistant'] as const))
    .option('-m, --model <model>', 'answers of this model')
    .option('-r, --role <role>', 'answers given in this role')
    .option('--since <time>', 'not older: 7d, 2026-11-01, 2026-11-01T09:30')
    .option('--before <time>', 'older than that')
    .option('--newest', 'the newest first')
    .option('--json', "the API's hits as a JSON array")
    .addHelpText('after', more)
    .action((words: string[], options: SearchOptions) =>
      withClient(async (client, { env }) => {
        const wanted = await readOptions(client, words.join(' '), options)
        const { hits, isAll } = await collect(client, wanted, options.limit)
        if (options.json) printJson(hits)
        if (hits.length === 0) throw nothingFound(wanted.q, options)
        if (options.json) return
        printHits(hits, env)
        if (!isAll) say(`there is more: -n ${Math.min(mostHits, options.limit * 5)}`)
      }),
    )
}

const more = `
In a pipe each hit is one line between tabs: session, message (nothing: the title), author, time, title, snippet.
Exit code 5: nothing was found.

Examples:
  c2a search quicksort
  c2a search '"merge sort" -bubble' --since 30d
  c2a search deadlock -m gpt-4o --json | jq -r '.[].session_id'`

async function readOptions(
  client: Client,
  q: string,
  { session, author, model, role, since, before, newest }: SearchOptions,
): Promise<SearchWanted> {
  const now = Date.now()
  return {
    q,
    author,
    model,
    role,
    since: since && parseMoment(since, '--since', now),
    before: before && parseMoment(before, '--before', now),
    session: session && (await pickSession(client, session)).id,
    order: newest ? 'time' : 'rank',
  }
}

/** Says what narrowed it down, too: nobody sees that -merge was read as -m erge. */
function nothingFound(q: string, options: SearchOptions): ProblemError {
  const narrowing = (['session', 'author', 'model', 'role', 'since', 'before'] as const).flatMap(
    (name) => (options[name] === undefined ? [] : [`--${name} ${options[name]}`]),
  )
  const within = narrowing.length === 0 ? '' : ` with ${narrowing.join(' ')}`
  return new ProblemError('not_found', `nothing was found for ${q}${within}`, {
    hint:
      narrowing.length === 0
        ? 'Fewer words, or only their beginnings, find more.'
        : "Fewer words find more. What is to be left out stands in quotes: 'sort -word'.",
  })
}

/** Page after page, as many as are wanted. */
async function collect(client: Client, wanted: SearchWanted, most: number) {
  const hits: SearchHit[] = []
  let cursor: string | undefined
  do {
    const limit = Math.min(pageLength, most - hits.length)
    const { items, older } = await client.search({ ...wanted, limit, cursor })
    hits.push(...items)
    cursor = older
  } while (cursor !== undefined && hits.length < most)
  return { hits, isAll: cursor === undefined }
}

function printHits(hits: readonly SearchHit[], env: Parameters<typeof themeOf>[1]): void {
  const { stdout } = process
  if (stdout.isTTY) {
    const theme = themeOf(stdout, env)
    printLines(hitLines(hits, { theme, width: stdout.columns || 80, now: Date.now() }))
    return
  }
  for (const { session_id, message_id, role, created_at, session_title, snippet } of hits) {
    printLines([pipeLine([session_id, message_id, role, created_at, session_title, snippet])])
  }
}
