// The bars of the full-screen chat at 120x40: the real binary on a real pty, a warm daemon, an upstream
// that answers 100 times a second. `node scripts/bench.mjs tui [first|key|stream|all] [rounds]`. Times of
// a start are ratios to `node -e 0` of the same round, on a pty of its own, too.
import { benchFirst } from './tui-first.js'
import { createBenchHome } from './tui-home.js'
import { benchKeys } from './tui-key.js'
import { benchStream } from './tui-stream.js'

const benches = { first: benchFirst, key: benchKeys, stream: benchStream }

const [what = 'all', rounds] = process.argv.slice(2)
const chosen = Object.entries(benches).filter(([name]) => what === 'all' || what === name)
if (chosen.length === 0) {
  console.error('usage: node scripts/bench.mjs tui [first|key|stream|all] [rounds]')
  process.exit(2)
}
const home = await createBenchHome()
try {
  for (const [, run] of chosen) await run(home, rounds === undefined ? undefined : Number(rounds))
} finally {
  await home.close()
}
