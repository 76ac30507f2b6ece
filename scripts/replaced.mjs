import { readFileSync } from 'node:fs'

/** A package's source with something else in it. Another version may not have what we look for. */
export function replaced(path, changes) {
  let source = readFileSync(path, 'utf8')
  for (const [from, to] of changes) {
    if (source.split(from).length !== 2) fail(`${path} does not hold once: ${from}`)
    source = source.replace(from, () => to)
  }
  return source
}

export function fail(why) {
  process.stderr.write(`${why}\n`)
  process.exit(1)
}
