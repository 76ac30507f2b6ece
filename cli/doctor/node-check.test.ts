import { expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { nodeFinding } from './node-check.js'

const own = { version: '1.2.3', build: 'abc' }

test.each([
  ['v20.19.0', 'ok'],
  ['v20.18.9', 'fail'],
  ['v21.7.0', 'fail'],
  ['v22.11.9', 'fail'],
  ['v22.12.0', 'ok'],
  ['v24.0.1', 'ok'],
  ['v18.20.0', 'fail'],
])('Node %s is %s', (version, status) => {
  expect(nodeFinding(version, packageJson.engines.node, own)).toMatchObject({
    status,
    detail: expect.stringMatching(/c2a 1\.2\.3 \(build abc\)/),
  })
})
