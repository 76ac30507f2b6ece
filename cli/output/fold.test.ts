import { expect, test } from 'vitest'
import { fold } from './fold.js'

test('breaks at spaces, and keeps lines apart', () => {
  expect(fold('one two three', 7)).toEqual(['one two', 'three'])
  expect(fold('one two three', 8)).toEqual(['one two', 'three'])
  expect(fold('one\ntwo', 20)).toEqual(['one', 'two'])
  expect(fold('', 20)).toEqual([''])
})

test('what is longer than a line stays whole', () => {
  expect(fold('see /a/long/path/here now', 8)).toEqual(['see', '/a/long/path/here', 'now'])
})

test('what is indented stays so: the places of an error, the lines of a log', () => {
  expect(fold('Error: no\n    at one (two)\n', 80)).toEqual(['Error: no', '    at one (two)', ''])
  expect(fold('  one two', 6)).toEqual(['  one', 'two'])
})

test('cells are counted: two for a wide character and for an emoji of many parts, none for an accent', () => {
  expect(fold('日本 語の 名前', 9)).toEqual(['日本 語の', '名前'])
  expect(fold('日本 語の 名前', 8)).toEqual(['日本', '語の', '名前'])
  expect(fold('👩‍👩‍👧 👩‍👩‍👧 one', 5)).toEqual(['👩‍👩‍👧 👩‍👩‍👧', 'one'])
  expect(fold('e\u0301e\u0301 one', 6)).toEqual(['e\u0301e\u0301 one'])
})
