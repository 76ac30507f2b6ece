import { expect, test } from 'vitest'
import { parseContainers } from './compose-status.js'

const daemon = {
  Service: 'daemon',
  State: 'running',
  Health: 'healthy',
  Image: 'c2a-daemon',
  Publishers: [
    { URL: '127.0.0.1', TargetPort: 3001, PublishedPort: 3001, Protocol: 'tcp' },
    { URL: '', TargetPort: 9000, PublishedPort: 0, Protocol: 'tcp' },
  ],
}
const redis = {
  ...{ Service: 'redis', State: 'running', Health: 'starting', Publishers: null },
  Image: 'registry.example.com:5000/redis:7.4.11-alpine@sha256:0f',
}

test('reads an array and an object a line alike', () => {
  const expected = [
    {
      ...{ name: 'daemon', state: 'well', address: '127.0.0.1:3001' },
      log: 'c2a stack logs daemon',
    },
    {
      ...{ name: 'redis', state: 'unwell', version: '7.4.11-alpine', note: 'running, starting' },
      log: 'c2a stack logs redis',
    },
  ]
  expect(parseContainers(JSON.stringify([redis, daemon]))).toEqual(expected)
  expect(parseContainers(`${JSON.stringify(redis)}\n${JSON.stringify(daemon)}\n`)).toEqual(expected)
  expect(parseContainers('')).toEqual([])
  const ended = { ...redis, State: 'exited', Health: '' }
  expect(parseContainers(JSON.stringify(ended))[0]).toMatchObject({ state: 'stopped' })
})
