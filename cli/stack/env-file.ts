/*
 * The .env files of the stack, as texts: made of their examples, where a secret is marked
 * CHANGE_ME_<NAME>. The same NAME is the same secret in every file.
 */

/** By the service's name: `daemon` is .env.daemon. */
export type Texts = ReadonlyMap<string, string>

export interface FilledFile {
  readonly name: string
  readonly text: string
  /** Variables that were added to a file that stood already; undefined for one that is new. */
  readonly added?: readonly string[]
}

const marker = /CHANGE_ME_([A-Z0-9_]+)/g
const assignment = /^#?\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/

interface Line {
  readonly key: string
  readonly value: string
  readonly index: number
}

/** What each file becomes. What stands is kept as it is; a variable that is new comes below it. */
export function fillEnvFiles(
  examples: Texts,
  standing: Texts,
  makeSecret: () => string,
): FilledFile[] {
  const secrets = knownSecrets(examples, standing)
  const secretOf = (name: string): string => {
    const secret = secrets.get(name) ?? makeSecret()
    secrets.set(name, secret)
    return secret
  }
  const fill = (text: string): string => text.replace(marker, (_, name) => secretOf(name))
  return [...examples].map(([name, example]) => {
    const text = standing.get(name)
    if (text === undefined) return { name, text: fill(example) }
    const known = new Set(linesOf(text).map(({ key }) => key))
    const missing = linesOf(example).filter(({ key }) => !known.has(key))
    const added = missing.map(({ key }) => key)
    if (added.length === 0) return { name, text: fill(text), added }
    const whole = text === '' || text.endsWith('\n') ? text : `${text}\n`
    const more = missing.map((line) => withComment(example, line)).join('')
    return { name, text: fill(whole + more), added }
  })
}

/** Secrets that stand in a file already, by NAME: a file that is new must have the same. */
function knownSecrets(examples: Texts, standing: Texts): Map<string, string> {
  const found = new Map<string, string>()
  for (const [name, example] of examples) {
    const values = new Map(linesOf(standing.get(name) ?? '').map(({ key, value }) => [key, value]))
    for (const { key, value } of linesOf(example)) {
      const [mark, secret] = [value.match(marker)?.[0], values.get(key)]
      if (mark === undefined || secret === undefined) continue
      const [before = '', after = ''] = value.split(mark)
      const long = secret.length > before.length + after.length
      if (!long || !secret.startsWith(before) || !secret.endsWith(after)) continue
      const held = secret.slice(before.length, secret.length - after.length)
      const id = mark.replace(/^CHANGE_ME_/, '')
      if (!found.has(id) && !held.startsWith('CHANGE_ME_')) found.set(id, held)
    }
  }
  return found
}

function linesOf(text: string): Line[] {
  return text.split('\n').flatMap((line, index) => {
    const [whole, key = '', value = ''] = assignment.exec(line.trim()) ?? []
    return whole === undefined ? [] : [{ key, value, index }]
  })
}

/** The line of an example and the comments right above it. */
function withComment(example: string, { index }: Line): string {
  const lines = example.split('\n')
  let first = index
  const isComment = (line = ''): boolean => line.startsWith('#') && !assignment.test(line)
  while (first > 0 && isComment(lines[first - 1])) first--
  return `${lines.slice(first, index + 1).join('\n')}\n`
}
