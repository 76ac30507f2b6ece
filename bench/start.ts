// How much more than `node -e 0` the short commands cost, and a whole `c2a ask` in a pipe against a
// warm daemon and an upstream without latency. Rounds are interleaved; each figure is the median of
// the rounds' ratios.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startUpstream } from '../test/fakes/upstream/upstream.js'

const rounds = Number(process.argv[2] ?? 40)
const c2a = join(process.env['C2A_ROOT'] ?? '.', 'bin', 'c2a')
const home = mkdtempSync(join(tmpdir(), 'c2a-bench-'))
const upstream = await startUpstream()
const env = { ...process.env, C2A_HOME: home, LITELLM_ENDPOINT: upstream.url, C2A_URL: '' }

/** Wall time of one process in ms. Throws when it fails or says nothing. */
function time(args: string[], options: { input?: string; silent?: boolean } = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const begin = performance.now()
    const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
    let bytes = 0
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    child.stdin.end(options.input ?? '')
    child.on('close', (code) => {
      const took = performance.now() - begin
      const fine = code === 0 && (bytes > 0 || options.silent)
      if (fine) resolve(took)
      else reject(new Error(`${args.join(' ')}: exit ${code}, ${bytes} bytes`))
    })
  })
}

const commands: [string, () => Promise<number>][] = [
  ['c2a --version', () => time([c2a, '--version'])],
  ['c2a --help', () => time([c2a, '--help'])],
  ['c2a ask, 20 deltas', () => time([c2a, 'ask', '-m', 'lorem-20'], { input: 'hi' })],
  ['c2a ask, 2,000 deltas', () => time([c2a, 'ask', '-m', 'lorem-2000'], { input: 'hi' })],
]

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

try {
  for (const [, run] of commands) await run()
  const ratios = new Map<string, number[]>(commands.map(([name]) => [name, []]))
  const floors: number[] = []
  for (let round = 0; round < rounds; round++) {
    const floor = await time(['-e', '0'], { silent: true })
    floors.push(floor)
    for (const [name, run] of commands) ratios.get(name)?.push((await run()) / floor)
  }
  console.log(`node -e 0: ${median(floors).toFixed(0)} ms, ${rounds} rounds`)
  for (const [name, values] of ratios) console.log(`${name}: ${median(values).toFixed(2)} x`)
} finally {
  await time([c2a, 'daemon', 'stop'], { silent: true }).catch(() => undefined)
  await upstream.close()
  rmSync(home, { recursive: true, force: true })
}
