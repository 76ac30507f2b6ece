import { expect, test } from 'vitest'
import { homeFailure, homeOf } from './home.js'

test.each(['here', './here', '~/here'])(
  'a home that is no absolute path is refused: %s',
  (path) => {
    expect(() => homeOf({ C2A_HOME: path })).toThrow(
      expect.objectContaining({
        exit: 2,
        message: `C2A_HOME must be an absolute path, not "${path}"`,
      }),
    )
  },
)

test.each([
  ['EACCES', /no permission/],
  ['EROFS', /read-only/],
  ['ENOTDIR', /is a file/],
  ['EEXIST', /is a file/],
  ['ENOSPC', /full/],
  ['ELOOP', /ELOOP/],
])('what the file system refuses with %s is one sentence', (code, why) => {
  const error = Object.assign(new Error(code), { code, path: '/h/token' })
  expect(homeFailure(error, homeOf({ C2A_HOME: '/h' }))).toMatchObject({
    code: 'invalid_request',
    exit: 2,
    message: expect.stringMatching(why),
    hint: expect.stringContaining('C2A_HOME'),
  })
})

test('other failures stay what they are', () => {
  const home = homeOf({ C2A_HOME: '/h' })
  const bug = new TypeError('x is not a function')
  expect(homeFailure(bug, home)).toBe(bug)
  const elsewhere = Object.assign(new Error('EACCES'), { code: 'EACCES', path: '/here/too' })
  expect(homeFailure(elsewhere, home)).toBe(elsewhere)
})
