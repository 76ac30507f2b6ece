// The fault suites: npm run faults [-- [--many] [--seed N] [NAME...]]. --many: as often and as long as
// for a release (hours); a NAME runs one suite; C2A_SEED repeats the choices of a run that failed.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { many: { type: 'boolean' }, seed: { type: 'string' } },
})
const env = {
  ...process.env,
  ...(values.many && { C2A_MANY: '1' }),
  ...(values.seed && { C2A_SEED: values.seed }),
}
// No limit of time: the suites know their own.
const patient = values.many ? ['--testTimeout=0'] : []
const names = positionals.map((name) => `test/faults/${name}`)
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--project', 'faults', ...patient, ...names],
  { stdio: 'inherit', env },
)
process.exit(status ?? 1)
