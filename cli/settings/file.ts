import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { ProblemError } from '../../shared/contract/problem.js'
import type { ConfigFile } from '../../shared/settings.js'
import type { ConfigValue } from './values.js'

/** The file with `gateway.url` set as `{"gateway": {"url": ...}}`; everything else as it was. */
export function withValue(file: ConfigFile, key: string, value: ConfigValue): ConfigFile {
  const [name = '', ...rest] = key.split('.')
  if (rest.length === 0) return { ...file, [name]: value }
  return { ...file, [name]: withValue(sectionOf(file, name) ?? {}, rest.join('.'), value) }
}

/** The file without a key, and without the section that is empty then. */
export function withoutValue(file: ConfigFile, key: string): ConfigFile {
  const [name = '', ...rest] = key.split('.')
  const { [name]: _dropped, ...others } = file
  if (rest.length === 0) return others
  const section = sectionOf(file, name)
  if (section === undefined) return file
  const left = withoutValue(section, rest.join('.'))
  return Object.keys(left).length === 0 ? others : { ...file, [name]: left }
}

function sectionOf(file: ConfigFile, name: string): ConfigFile | undefined {
  const section = file[name]
  if (section === undefined || section === null) return undefined
  if (typeof section === 'object' && !Array.isArray(section)) return { ...section }
  throw new ProblemError('invalid_request', `"${name}" in config.json is not an object`)
}

/** Replaces config.json as a whole, 0600: a crash leaves the old one. A link to it stays a link. */
export function writeConfigFile(path: string, file: ConfigFile): void {
  const target = targetOf(path)
  const draft = `${target}.${process.pid}`
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const fd = openSync(draft, 'w', 0o600)
    writeSync(fd, `${JSON.stringify(file, null, 2)}\n`)
    fsyncSync(fd)
    closeSync(fd)
    renameSync(draft, target)
  } catch (error) {
    removeDraft(draft)
    const { code } = error as NodeJS.ErrnoException
    throw new ProblemError('invalid_request', `cannot write ${target} (${code})`, { cause: error })
  }
}

function removeDraft(draft: string): void {
  try {
    rmSync(draft, { force: true })
  } catch {
    // What kept it from being written keeps it from being there.
  }
}

function targetOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    // Not there yet.
    return path
  }
}
