import fc from 'fast-check'
import { Lexer, Tokenizer } from 'marked'
import { expect, test } from 'vitest'
import { DOCUMENTS } from './fixtures/documents.js'
import { createLeanTokenizer } from './lean-tokenizer.js'

const pieces = [
  ...[
    '# ',
    '## x',
    '===',
    '---',
    '***',
    '- ',
    '* ',
    '1. ',
    '2) ',
    '> ',
    '>> ',
    '```',
    '~~~',
    '``` ts',
  ],
  ...[
    '| a | b |',
    '|---|:-:|',
    '--|--',
    '| 1 | 2',
    '<div>',
    '</div>',
    '<!-- c -->',
    '<b>',
    '&amp;',
  ],
  ...['**b**', '_e_', '__', '*', '~~d~~', '~', '`c`', '``', '[l](u)', '![i](u)', '[r][]', '[x]: u'],
  ...[
    'http://a.b',
    'www.a.b',
    'a@b.c',
    'mailto:a@b.c',
    '<http://a.b>',
    '<a@b.c>',
    '\\*',
    '\\',
    'word',
  ],
  ...[
    ' ',
    '  ',
    '   ',
    '    ',
    '\t',
    '\n',
    '\n\n',
    '\n \n',
    '\n\t\n',
    ' \n',
    '=',
    '-',
    '中文',
    '- [x] t',
  ],
]
const markdown = fc
  .array(fc.constantFrom(...pieces), { maxLength: 30 })
  .map((parts) => parts.join(''))

function lex(source: string, tokenizer: Tokenizer) {
  return JSON.stringify(new Lexer({ gfm: true, tokenizer }).lex(source))
}

test('it finds what marked finds, in any text', () => {
  fc.assert(
    fc.property(markdown, (source) => {
      expect(lex(source, createLeanTokenizer())).toBe(lex(source, new Tokenizer()))
    }),
    { numRuns: 2_000 },
  )
})

test('it finds what marked finds, in documents', () => {
  for (const source of Object.values(DOCUMENTS)) {
    expect(lex(source, createLeanTokenizer())).toBe(lex(source, new Tokenizer()))
  }
})
