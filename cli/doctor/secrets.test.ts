import { expect, test } from 'vitest'
import { homeOf } from '../../shared/home.js'
import { knownSecrets, withoutSecrets } from './secrets.js'

test('a secret that contains another one is hidden whole, in whatever order they are known', () => {
  for (const secrets of [
    ['sk-secret', 'sk-secret-and-more'],
    ['sk-secret-and-more', 'sk-secret'],
  ]) {
    const said = withoutSecrets({ status: 'ok', detail: 'sk-secret-and-more, sk-secret' }, secrets)
    expect(said.detail).toBe('[secret], [secret]')
  }
})

test('keys of environment and file, used or not, are hidden wherever they turn up', () => {
  const secrets = knownSecrets({
    env: { LITELLM_API_KEY: 'sk-in-the-environment', C2A_TOKEN: 'short' },
    file: { gateway: { key: 'sk-in-the-file' }, database: { url: 'postgres://u:hunter22@db/c' } },
    home: homeOf({ C2A_HOME: '/no/such' }),
  })
  const said = 'key sk-in-the-environment, sk-in-the-file at http://ann:pw@h:1/x, not short'
  const found = withoutSecrets({ status: 'fail', detail: said, fix: said }, secrets)
  const hidden = 'key [secret], [secret] at http://[secret]@h:1/x, not short'
  expect(found).toEqual({ status: 'fail', detail: hidden, fix: hidden })
  const url = withoutSecrets({ status: 'ok', detail: 'postgres://u:hunter22@db/c' }, secrets)
  expect(url).toEqual({ status: 'ok', detail: '[secret]' })
})
