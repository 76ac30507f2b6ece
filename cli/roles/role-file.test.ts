import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Params } from '../../shared/contract/param-table.js'
import { formatRoleFile, parseRoleFile } from './role-file.js'

const parse = (text: string) => parseRoleFile(text, 'roles/x.md', 'x')

describe('a file of a role', () => {
  test.each([
    ['Be brief.\n', { name: 'x', instructions: 'Be brief.', params: {} }],
    ['---\nname: Poet\n---\nRhyme.\n', { name: 'Poet', instructions: 'Rhyme.', params: {} }],
    ['---\nname: Poet\n---\n\nRhyme.\n\n', { name: 'Poet', instructions: 'Rhyme.\n', params: {} }],
    ['---\r\nname: P\r\n---\r\n\r\nA\r\nB\r\n', { name: 'P', instructions: 'A\r\nB', params: {} }],
    ['---\n---\nOnly this.', { name: 'x', instructions: 'Only this.', params: {} }],
    ['\uFEFF---\nname: Poet\n---\nRhyme.', { name: 'Poet', instructions: 'Rhyme.', params: {} }],
    ['Title\n---\nmore', { name: 'x', instructions: 'Title\n---\nmore', params: {} }],
    [
      '---\nparams:\n  temperature: 0.2\n  stop: [END]\n---\nHi.',
      { name: 'x', instructions: 'Hi.', params: { temperature: 0.2, stop: ['END'] } },
    ],
    ['---\nname: "7"\nparams:\n---\nHi.', { name: '7', instructions: 'Hi.', params: {} }],
  ])('%j', (text, role) => {
    expect(parse(text)).toEqual(role)
  })

  test.each([
    ['', 'no instructions'],
    ['---\nname: x\n---\n', 'no instructions'],
    ['---\nname: x\nHi.', 'has no end'],
    ['---\nname: [\n---\nHi.', 'no YAML'],
    ['---\nname: *x\n---\nHi.', 'no YAML'],
    ['---\n- name\n---\nHi.', 'must be a map'],
    ['---\nnmae: x\n---\nHi.', 'the head has no "nmae"'],
    ['---\nname: 7\n---\nHi.', 'name must be a text'],
    ['---\nname: " "\n---\nHi.', '1 to 100 characters'],
    ['---\nparams: 7\n---\nHi.', 'params must be a map'],
    ['---\nparams:\n  temprature: 1\n---\nHi.', 'no parameter "temprature"'],
    ['---\nparams:\n  temperature: 9\n---\nHi.', 'temperature must be a number from 0 to 2'],
  ])('%j is refused, by its path', (text, why) => {
    expect(() => parse(text)).toThrow(why)
    expect(() => parse(text)).toThrow('roles/x.md')
  })

  test('what is too long is refused before it is parsed or sent', () => {
    const parse = (text: string) => () => parseRoleFile(text, 'roles/x.md', 'x')
    expect(parse('x'.repeat(1_000_001))).toThrow('roles/x.md: a role has at most 1,000,000')
    const keys = Array.from({ length: 20_000 }, (_, n) => `key${n}: 1`)
    expect(parse(`---\n${keys.join('\n')}\n---\nHi.`)).toThrow('the head is too long')
  })

  test('whatever a role says comes back as it was', () => {
    const line = fc.constantFrom(
      '',
      '---',
      '  ',
      'name: y',
      'Be brief.',
      '# Title',
      '\t- x: "',
      'ü 世界 😀',
    )
    const roles = fc.record({
      name: fc
        .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
        .map((name) => name.trim())
        .filter((name) => name !== ''),
      instructions: fc
        .array(line, { minLength: 1, maxLength: 6 })
        .map((lines) => lines.join('\n'))
        .filter((text) => text.trim() !== ''),
      params: fc.constantFrom<Params>({}, { temperature: 0.5, stop: ['a\n', '---'] }, { seed: -1 }),
    })
    fc.assert(
      fc.property(roles, (role) => {
        expect(parse(formatRoleFile(role))).toEqual(role)
      }),
    )
  })
})
