/** A compose program whose engine answers. */
export interface Engine {
  /** `['docker', 'compose']`: the arguments follow. */
  readonly command: readonly string[]
  readonly version: string
}

/** What a program did; `code` is undefined where there is no such program, or it did not end. */
interface Ran {
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

export type Run = (program: string, args: readonly string[]) => Promise<Ran>

export type Found = { readonly engine: Engine } | { readonly why: string; readonly fix: string }

/** `required: false` and what the compose file takes for granted besides. */
const least = [2, 20] as const

interface Candidate {
  readonly command: readonly string[]
  /** Asks the engine itself, not only its client. */
  readonly ask: readonly string[]
  readonly start: string
}

const docker = 'Start it (systemctl start docker, or Docker Desktop).'
const candidates: readonly Candidate[] = [
  { command: ['docker', 'compose'], ask: ['docker', 'info'], start: docker },
  { command: ['docker-compose'], ask: ['docker-compose', 'ls'], start: docker },
  {
    command: ['podman', 'compose'],
    ask: ['podman', 'info'],
    start: 'Start it (podman machine start).',
  },
]

/** The first whose engine answers, or the best reason why there is none. */
export async function findEngine(run: Run): Promise<Found> {
  const reasons: { rank: number; why: string; fix: string }[] = []
  for (const { command, ask, start } of candidates) {
    const name = command.join(' ')
    const said = await call(run, [...command, 'version', '--short'])
    if (said.code !== 0) {
      const isThere = said.code !== undefined && command.length > 1
      const why = isThere ? `${command[0]} has no compose` : `${name} is not installed`
      reasons.push({ rank: isThere ? 1 : 0, why, fix: install })
      continue
    }
    const version = /\d+\.\d+(\.\d+)?/.exec(said.stdout)?.[0] ?? 'of no number'
    if (!isNewEnough(version)) {
      reasons.push({ rank: 2, why: `${name} ${version} is older than 2.20`, fix: install })
      continue
    }
    if ((await call(run, ask)).code === 0) return { engine: { command, version } }
    reasons.push({ rank: 3, why: `${ask[0]} is there, but its engine does not answer`, fix: start })
  }
  const [best] = reasons.sort((a, b) => b.rank - a.rank)
  if (best !== undefined && best.rank > 0) return { why: best.why, fix: best.fix }
  return { why: 'no container engine is installed', fix: install }
}

const install = 'Docker with Compose 2.20 or newer would do (docs.docker.com/engine/install).'

function call(run: Run, [program = '', ...args]: readonly string[]): Promise<Ran> {
  return run(program, args)
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > least[0] || (major === least[0] && minor >= least[1])
}
