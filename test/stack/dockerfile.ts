import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../support/managed-postgres.js'

/** What the tests need of a stage of our Dockerfile, as it stands in the file. */
export interface Stage {
  readonly from: string
  /** `COPY [--from=build] SOURCE... TARGET`. */
  readonly copies: readonly { from: string | undefined; sources: string[]; target: string }[]
  readonly run: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly user: string | undefined
  /** The forms with brackets. */
  readonly healthcheck: readonly string[] | undefined
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
}

/** The stages in order. Knows the instructions that the file uses, in the form in which it uses them. */
export function readDockerfile(): Stage[] {
  const text = readFileSync(join(packageRoot, 'Dockerfile'), 'utf8')
  const lines = text.replace(/^#.*\n/gm, '').replace(/\\\n\s*/g, '')
  return lines
    .split(/^FROM /m)
    .slice(1)
    .map((stage) => {
      const all = (name: string) =>
        [...stage.matchAll(new RegExp(`^${name} (.*)$`, 'gm'))].map(([, rest = '']) => rest)
      const list = (text: string | undefined): string[] =>
        text === undefined ? [] : JSON.parse(text.slice(text.indexOf('[')))
      const [healthcheck] = all('HEALTHCHECK')
      return {
        from: /^\S+/.exec(stage)?.[0] ?? '',
        copies: all('COPY').map((rest) => {
          const words = rest.split(' ')
          const from = /^--from=(.*)/.exec(words[0] ?? '')?.[1]
          const paths = from === undefined ? words : words.slice(1)
          return { from, sources: paths.slice(0, -1), target: paths.at(-1) ?? '' }
        }),
        run: all('RUN'),
        env: Object.fromEntries(all('ENV').map((rest) => rest.split('=') as [string, string])),
        user: all('USER')[0],
        healthcheck: healthcheck === undefined ? undefined : list(healthcheck),
        entrypoint: list(all('ENTRYPOINT')[0]),
        cmd: list(all('CMD')[0]),
      }
    })
}
