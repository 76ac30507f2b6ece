import { expect, test } from 'vitest'
import { isSlackHook } from './hooks.js'

test.each([
  'https://hooks.slack.com/commands/T1DC2JH3J/397700885554/96rGlfmibIGlgcZRskXaIFfN',
  'https://HOOKS.slack.com/commands/1',
  'https://hooks.slack.com:443/commands/1',
])('%s is of Slack', (url) => {
  expect(isSlackHook(url)).toBe(true)
})

test.each([
  'http://hooks.slack.com/commands/1',
  'https://slack.com/commands/1',
  'https://hooks.slack.com.example.org/1',
  'https://hooks.slack.com@example.org/1',
  'https://example.org/?hooks.slack.com/',
  'https://example.org#@hooks.slack.com/',
  'https://example.org\\@hooks.slack.com/',
  'https://ann:secret@hooks.slack.com/1',
  'https://hooks.slack.com:8443/1',
  'https://hooks.slack.com./1',
  'https://127.0.0.1/1',
  'ftp://hooks.slack.com/1',
  '//hooks.slack.com/1',
  'hooks.slack.com/1',
  '',
])('%s is not', (url) => {
  expect(isSlackHook(url)).toBe(false)
})
