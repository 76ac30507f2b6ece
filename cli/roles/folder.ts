import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Role } from '../../shared/contract/role.js'
import { formatRoleFile, parseRoleFile, type RoleFile } from './role-file.js'

/** A role with the file that says it. */
export interface FiledRole extends RoleFile {
  readonly path: string
}

const extension = '.md'

/**
 * The roles of files, and of all `*.md` of folders, by path. Throws ProblemError `invalid_request` for what
 * cannot be read, and for a name that is there twice.
 */
export function readRoleFiles(paths: readonly string[]): FiledRole[] {
  const files = paths.flatMap((path) => (isFolder(path) ? filesOf(path) : [path]))
  const roles = [...new Set(files)].map(readRoleFile)
  const known = new Map<string, FiledRole>()
  for (const role of roles) {
    const other = known.get(role.name)
    if (other !== undefined) {
      throw invalid(`${other.path} and ${role.path} are both the role "${role.name}"`)
    }
    known.set(role.name, role)
  }
  return roles
}

function filesOf(folder: string): string[] {
  // A README explains the folder to people.
  const names = reading(folder, () => readdirSync(folder)).filter(
    (name) => name.endsWith(extension) && !name.startsWith('.') && !isReadme(name),
  )
  const paths = names.toSorted().map((name) => join(folder, name))
  for (const path of paths) {
    // A pipe or a device that nobody has named would be read for ever.
    if (!reading(path, () => statSync(path)).isFile()) throw invalid(`${path}: this is no file`)
  }
  return paths
}

const isReadme = (name: string): boolean => name.toLowerCase() === 'readme.md'

function readRoleFile(path: string): FiledRole {
  const text = reading(path, () => readFileSync(path))
  try {
    const decoded = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text)
    return { ...parseRoleFile(decoded, path, basename(path, extension)), path }
  } catch (error) {
    if (error instanceof ProblemError) throw error
    throw invalid(`${path} is not UTF-8`)
  }
}

/** What an export would write. */
export interface Export {
  readonly path: string
  readonly text: string
  /** What is there now: nothing, the same, or something else. */
  readonly state: 'new' | 'same' | 'other'
}

/**
 * A file for each role: the one that says it already, else one named after it. Throws ProblemError
 * `invalid_request` for files that cannot be read.
 */
export function planExport(folder: string, roles: readonly Role[]): Export[] {
  if (isThere(folder) && !isFolder(folder)) throw invalid(`${folder}: this is no folder`)
  const there = isThere(folder) ? readRoleFiles([folder]) : []
  const known = new Map(there.map((role) => [role.name, role.path]))
  const taken = new Set(there.map(({ path }) => path.toLowerCase()))
  return roles.map((role) => {
    const path = known.get(role.name) ?? freePath(folder, role.name, taken)
    taken.add(path.toLowerCase())
    const text = formatRoleFile(role)
    if (!known.has(role.name)) return { path, text, state: 'new' }
    return { path, text, state: readFileSync(path, 'utf8') === text ? 'same' : 'other' }
  })
}

export function writeExport(folder: string, files: readonly Export[]): void {
  reading(folder, () => mkdirSync(folder, { recursive: true }))
  for (const { path, text } of files) reading(path, () => writeFileSync(path, text))
}

/** A name that every file system takes, and that git shows as it is. */
function freePath(folder: string, name: string, taken: ReadonlySet<string>): string {
  const stem =
    name.replaceAll(/[\p{C}\p{Z}<>:"/\\|?*]+/gu, ' ').replace(/^[. ]+|[. ]+$/g, '') || 'role'
  // Where names of files may have 255 bytes, with room for a number.
  const short = [...stem].slice(0, 60).join('')
  for (let n = 1; ; n++) {
    const file = `${short}${n === 1 ? '' : `-${n}`}${extension}`
    const path = join(folder, file)
    if (!isReadme(file) && !taken.has(path.toLowerCase()) && !isThere(path)) return path
  }
}

function isThere(path: string): boolean {
  return reading(path, () => statSync(path, { throwIfNoEntry: false })) !== undefined
}

function isFolder(path: string): boolean {
  return reading(path, () => statSync(path)).isDirectory()
}

function reading<Result>(path: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw invalid(`${path}: ${code === 'ENOENT' ? 'there is no such file' : (code ?? message)}`)
  }
}

const invalid = (why: string): ProblemError => new ProblemError('invalid_request', why)
