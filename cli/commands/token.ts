import { Command, Option } from 'commander'
import { ProblemError } from '../../shared/contract/problem.js'
import type { MadeToken, Token } from '../../shared/contract/token.js'
import { normalTokenName } from '../../shared/token-name.js'
import type { ClientConfig } from '../config.js'
import { withClient } from '../connect.js'
import { parseDuration } from '../input/duration.js'
import { canAsk, mayDestroy } from '../input/keyboard.js'
import { formatAge } from '../output/age.js'
import { type Listing, printJson, printLines, printList } from '../output/print.js'
import { say } from '../output/report.js'
import { readDaemonFile } from '../personal/presence.js'
import { sanitiseLine } from '../text/sanitise.js'

export function tokenCommand(): Command {
  return new Command('token')
    .summary('hand out, list and revoke tokens for other people')
    .description(
      'Tokens let other people use this daemon, each with sessions of their own. A name is a person: ' +
        'all tokens of one name open the same sessions. Needs an admin token, which your own daemon has.',
    )
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand())
}

interface CreateOptions {
  scope: Token['scope']
  expires?: string
  json?: boolean
}

function createCommand(): Command {
  return new Command('create')
    .summary('make one; it is printed this once')
    .description(
      'Makes a token and prints it, this once and alone on stdout. A name that had a token before, or ' +
        'came with an import, gets its sessions back. Scopes: read sees what the person has, chat also ' +
        'asks, admin also writes roles and makes tokens.',
    )
    .argument('<name>', 'whose it is: letters, digits and . _ @ + -')
    .addOption(
      new Option('--scope <scope>', 'what it may do')
        .choices(['read', 'chat', 'admin'])
        .default('chat'),
    )
    .option('--expires <time>', 'until when: 12h, 30d, 8w; default: until it is revoked')
    .option('--json', 'the token with all that is known of it as a JSON object')
    .action((name: string, { scope, expires, json }: CreateOptions) => {
      const expiresIn = expires === undefined ? undefined : parseDuration(expires, '--expires')
      return withClient(async (client, config) => {
        const made = await client.createToken({
          name,
          scope,
          ...(expiresIn !== undefined && { expires_in: expiresIn }),
        })
        // First of all: nobody can have it printed again.
        if (json) printJson(made)
        else printLines([sanitiseLine(made.token)])
        const others = (await client.listTokens()).filter(
          (one) => one.name === made.name && one.id !== made.id,
        )
        explain(made, others, config)
      })
    })
}

/** On stderr, without the secret. */
function explain(made: MadeToken, others: readonly Token[], config: ClientConfig): void {
  const until = made.expires_at === null ? 'until it is revoked' : `until ${made.expires_at}`
  say(`made the token ${made.id} for ${made.name}: scope ${made.scope}, ${until}`)
  if (others.length > 0) {
    const valid = others.filter((one) => one.state === 'valid').length
    const still =
      valid === 0 ? '' : `; of the older ones ${valid} can be used still (c2a token list)`
    say(`${made.name} had a token before: this one opens the same sessions${still}`)
  } else if (made.known) {
    say(`${made.name} came with an import: this token opens the sessions of that name`)
  }
  const address = addressFor(config)
  say(`it is shown this once; ${made.name} uses it with:`)
  process.stderr.write(
    `       export C2A_URL=${address}\n       export C2A_TOKEN=...   # the token\n       c2a\n`,
  )
}

/** Where others reach the daemon, as far as that can be known here. */
function addressFor({ url, home }: ClientConfig): string {
  if (url !== undefined && !url.startsWith('unix:')) return url
  const listen = readDaemonFile(home)?.listen
  if (listen !== undefined) return `http://${listen}`
  say('this daemon has no address for others yet: c2a config set daemon.listen [HOST:]PORT')
  return 'http://HOST:PORT'
}

function listCommand(): Command {
  return new Command('list')
    .summary('list them by name')
    .description(
      'Lists tokens by name, without their secrets. In a pipe each is one line between tabs: name, id, ' +
        'scope, state, created, last used, expires, revoked.',
    )
    .option('--json', "the API's rows as a JSON array")
    .action((options: { json?: boolean }) =>
      withClient(async (client, { env }) => {
        const tokens = await client.listTokens()
        if (options.json) return printJson(tokens)
        if (tokens.length === 0) say('there are no tokens yet; c2a token create NAME makes one')
        printList(tokens, listing(Date.now()), env)
      }),
    )
}

function listing(now: number): Listing<Token> {
  return {
    columns: [
      { title: 'NAME', elastic: 16 },
      { title: 'ID' },
      { title: 'SCOPE' },
      { title: 'STATE' },
      { title: 'USED', align: 'right' },
      { title: 'EXPIRES', align: 'right' },
    ],
    forTerminal: (one) => [
      one.name,
      one.id,
      one.scope,
      one.state,
      one.last_used_at === null ? 'never' : formatAge(one.last_used_at, now),
      one.expires_at === null ? 'never' : one.expires_at.slice(0, 10),
    ],
    forPipe: (one) => [
      one.name,
      one.id,
      one.scope,
      one.state,
      one.created_at,
      one.last_used_at,
      one.expires_at,
      one.revoked_at,
    ],
  }
}

function revokeCommand(): Command {
  return new Command('revoke')
    .summary('revoke one, or all of a person, after asking')
    .description(
      'Revokes a token by its id, or all tokens of a name. It opens nothing from then on, on every ' +
        'replica, and streams that are open are cut. Sessions stay, for the next token of that name. ' +
        'Asks first.',
    )
    .argument('<name|id>', "a person's name, or a token's id")
    .option('-y, --yes', 'do not ask; needed where nobody can be asked')
    .action((wanted: string, options: { yes?: boolean }) => {
      if (!options.yes && !canAsk()) return mayDestroy('', options).then(() => undefined)
      return withClient(async (client) => {
        const found = pickTokens(await client.listTokens(), wanted)
        const [{ name } = { name: wanted }] = found
        const what =
          found.length === 1
            ? `the token ${found[0]?.id} of ${name}`
            : `${found.length} tokens of ${name}`
        if (!(await mayDestroy(`Revoke ${what}?`, options))) return
        for (const { id } of found) await client.revokeToken(id)
        say(`revoked ${what}`)
      })
    })
}

/**
 * By the whole name or the whole id: to guess here would shut out somebody else. Of a name only those
 * that are in force. Throws ProblemError `not_found`.
 */
function pickTokens(tokens: readonly Token[], wanted: string): Token[] {
  const id = wanted.trim()
  const byId = tokens.filter((one) => one.id === id)
  const named = tokens.filter((one) => one.name === normalTokenName(wanted))
  const found = byId.length > 0 ? byId : named
  const valid = found.filter((one) => one.state === 'valid')
  if (valid.length > 0) return valid
  const isOver = found.length > 0
  throw new ProblemError(
    'not_found',
    isOver
      ? `no token of "${wanted}" is valid any more`
      : `no token has the name or the id "${wanted}"`,
    { hint: 'c2a token list shows all of them.' },
  )
}
