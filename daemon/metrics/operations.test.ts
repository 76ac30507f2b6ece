import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readExposition } from '../../test/support/exposition.js'
import { createMeters } from './meters.js'
import { registerProcess } from './process-gauges.js'
import { createRegistry } from './registry.js'
import { registerState } from './state-gauges.js'

test('docs/operations.md lists every metric, and none that is not there', () => {
  const registry = createRegistry()
  registerProcess(registry, { version: '1', build: 'b' })()
  createMeters(registry)
  registerState({
    registry,
    pools: {},
    turns: { liveCount: 0, draining: false },
    gateway: { status: () => new Promise(() => undefined) },
    databaseAnswers: async () => true,
  })
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const section = /\n## What to watch\n([\s\S]*?)\n## /.exec(page)?.[1] ?? ''
  const named = section.match(/\b(c2a|process|nodejs)_[a-z_]+\b/g) ?? []
  const families = named.map((name) => name.replace(/_bucket$/, ''))
  const known = [...readExposition(registry.render()).keys()]
  expect([...new Set(families)].sort()).toEqual(known.sort())
})
