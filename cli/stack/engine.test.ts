import { expect, test } from 'vitest'
import { findEngine, type Run } from './engine.js'

/** Programs by what is called; everything else is not installed. */
function machine(answers: Record<string, string | number>): Run {
  return async (program, args) => {
    const answer = answers[[program, ...args].join(' ')]
    const installed = Object.keys(answers).some((call) => call.split(' ')[0] === program)
    if (typeof answer === 'string') return { code: 0, stdout: answer, stderr: '' }
    return { code: answer ?? (installed ? 1 : undefined), stdout: '', stderr: '' }
  }
}

test('docker compose comes first, then docker-compose, then podman', async () => {
  const all = {
    'docker compose version --short': 'v2.40.1\n',
    'docker info': '',
    'docker-compose version --short': '2.20.0',
    'docker-compose ls': '',
    'podman compose version --short': '5.0.0',
    'podman info': '',
  }
  expect(await findEngine(machine(all))).toEqual({
    engine: { command: ['docker', 'compose'], version: '2.40.1' },
  })
  const { 'docker info': _down, ...rest } = all
  expect(await findEngine(machine(rest))).toMatchObject({ engine: { command: ['docker-compose'] } })
  const { 'docker-compose ls': _too, ...podman } = rest
  expect(await findEngine(machine(podman))).toMatchObject({
    engine: { command: ['podman', 'compose'], version: '5.0.0' },
  })
})

test('where there is none, the nearest miss is told', async () => {
  const why = async (answers: Record<string, string | number>): Promise<unknown> =>
    Object.values(await findEngine(machine(answers))).join('|')
  expect(await why({})).toMatch(/^no container engine is installed\|Docker with Compose 2.20/)
  expect(await why({ 'docker info': 1 })).toMatch(/^docker has no compose\|Docker with/)
  expect(await why({ 'docker-compose version --short': '1.29.2' })).toMatch(
    /^docker-compose 1.29.2 is older than 2.20\|/,
  )
  expect(await why({ 'docker compose version --short': '2.40.1', 'docker info': 1 })).toMatch(
    /^docker is there, but its engine does not answer\|Start it/,
  )
})
