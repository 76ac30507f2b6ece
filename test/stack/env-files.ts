import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../support/managed-postgres.js'

export interface EnvFile {
  /** Those that stand behind a # too, with the line above. */
  readonly variables: readonly { key: string; comment: string | undefined }[]
  /** Those that are set, if only to nothing. */
  readonly values: Readonly<Record<string, string>>
}

/** The .env.NAME.example of the checkout, by NAME. */
export function envExamples(): Record<string, EnvFile> {
  const names = readdirSync(packageRoot).flatMap(
    (file) => /^\.env\.(.*)\.example$/.exec(file)?.[1] ?? [],
  )
  return Object.fromEntries(
    names.map((name) => {
      const text = readFileSync(join(packageRoot, `.env.${name}.example`), 'utf8')
      return [name, parseEnv(text)]
    }),
  )
}

function parseEnv(text: string): EnvFile {
  const lines = text.split('\n')
  const found = lines.flatMap((line, index) => {
    const [whole, off = '', key = '', value = ''] = /^(#?)([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? []
    return whole === undefined ? [] : [{ off: off !== '', key, value, comment: lines[index - 1] }]
  })
  return {
    variables: found.map(({ key, comment }) => ({ key, comment })),
    values: Object.fromEntries(
      found.filter(({ off }) => !off).map(({ key, value }) => [key, value]),
    ),
  }
}

/** The values with a secret for each CHANGE_ME_NAME, the same for one NAME in all files. */
export function filled(examples: Record<string, EnvFile>): Record<string, Record<string, string>> {
  const secrets = new Map<string, string>()
  const secretOf = (marker: string): string => {
    const secret = secrets.get(marker) ?? randomBytes(24).toString('hex')
    secrets.set(marker, secret)
    return secret
  }
  return Object.fromEntries(
    Object.entries(examples).map(([name, { values }]) => [
      name,
      Object.fromEntries(
        Object.entries(values).map(([key, value]) => [
          key,
          value.replace(/CHANGE_ME_[A-Z0-9_]+/g, secretOf),
        ]),
      ),
    ]),
  )
}
