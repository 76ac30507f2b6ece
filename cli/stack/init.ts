import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { ClientConfig } from '../config.js'
import { fillEnvFiles } from './env-file.js'
import { type Place, preparePlace } from './place.js'

/** Makes the .env files, or brings them up to date. Gives what it did, a line each. */
export function makeEnvFiles(place: Place, config: ClientConfig): string[] {
  preparePlace(place, config)
  const { directory } = place
  const names = readdirSync(directory).flatMap(
    (file) => /^\.env\.(.+)\.example$/.exec(file)?.[1] ?? [],
  )
  const pathOf = (name: string): string => join(directory, `.env.${name}`)
  const read = (path: string): string => readFileSync(path, 'utf8')
  const examples = new Map(names.sort().map((name) => [name, read(`${pathOf(name)}.example`)]))
  const standing = new Map(
    names.filter((name) => existsSync(pathOf(name))).map((name) => [name, read(pathOf(name))]),
  )
  const done: string[] = []
  for (const { name, text, added } of fillEnvFiles(examples, standing, freshSecret)) {
    const path = pathOf(name)
    if (added === undefined) done.push(`.env.${name}: made, with fresh secrets`)
    else if (added.length > 0) done.push(`.env.${name}: added ${added.join(', ')}`)
    if (text !== standing.get(name)) writeWhole(path, text)
    if ((statSync(path).mode & 0o077) === 0) continue
    chmodSync(path, 0o600)
    done.push(`.env.${name}: others could read it; not any more`)
  }
  return done
}

/** Letters and digits: it stands in URLs and shell scripts. */
function freshSecret(): string {
  return randomBytes(24).toString('hex')
}

/** The whole file or none: a half of it would have half of the secrets. */
function writeWhole(path: string, text: string): void {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, text, { mode: 0o600, flush: true })
  renameSync(draft, path)
}
