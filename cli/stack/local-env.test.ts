import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { daemonVariables, gatewayElsewhere, litellmVariables, readVariables } from './local-env.js'

const example = (name: string) =>
  readVariables(readFileSync(new URL(`../../.env.${name}.example`, import.meta.url), 'utf8'))

test('of the examples nothing is left that only a container knows', () => {
  const daemon = daemonVariables(example('daemon'))
  const litellm = litellmVariables(example('litellm'), '/state/tokens')
  const text = JSON.stringify([daemon, litellm])
  expect(text).not.toMatch(/@postgres|\/\/litellm|docker|"redis"|"\/tokens/)
  expect(Object.keys(daemon)).toEqual([
    'C2A_ADMIN_TOKEN',
    'C2A_ALLOWED_HOSTS',
    'C2A_LOG_LEVEL',
    'C2A_METRICS_TOKEN',
  ])
  expect(litellm).toMatchObject({
    LITELLM_MASTER_KEY: 'sk-CHANGE_ME_LITELLM',
    OLLAMA_API_BASE: 'http://127.0.0.1:11434',
    GITHUB_COPILOT_TOKEN_DIR: '/state/tokens/github_copilot',
  })
  expect(gatewayElsewhere(example('daemon'))).toBeUndefined()
})

test('a database and a gateway elsewhere stay what they are', () => {
  const url = 'postgres://me:pw@db.example.com/chats'
  expect(daemonVariables({ C2A_DATABASE_URL: url })).toEqual({ C2A_DATABASE_URL: url })
  expect(gatewayElsewhere({ LITELLM_ENDPOINT: 'https://llm.example.com' })).toBe(
    'https://llm.example.com',
  )
  expect(gatewayElsewhere({ LITELLM_ENDPOINT: 'http://host.docker.internal:4000' })).toBe(
    'http://127.0.0.1:4000',
  )
})

test('what is empty is not set, and quotes are not part of a value', () => {
  expect(readVariables('A=\nB="x y"\n#C=1\nexport D=2 # two\n')).toEqual({ B: 'x y', D: '2' })
})
