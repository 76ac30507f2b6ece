import { array, assert, integer, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { createTextGate, mayNeedGate, storable } from './text-gate.js'

/** Any UTF-16 units, lone surrogates and NUL included. */
const units = string({ unit: 'binary', maxLength: 40 }).chain((text) =>
  array(integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map(
    (more) => text + String.fromCharCode(...more),
  ),
)

test('changes NUL and lone surrogates and nothing else', () => {
  expect(storable('a\0b\ud800c\udc00')).toBe('a\uFFFDb\uFFFDc\uFFFD')
  void assert(
    property(units, (text) => {
      const gated = storable(text)
      expect(gated.isWellFormed()).toBe(true)
      expect(gated).not.toContain('\0')
      expect(gated).toHaveLength(text.length)
      if (text.isWellFormed() && !text.includes('\0')) expect(gated).toBe(text)
      expect(storable(gated)).toBe(gated)
    }),
  )
})

test('gives the same in any pieces', () => {
  void assert(
    property(units, array(integer({ min: 0, max: 40 })), (text, cuts) => {
      const gate = createTextGate()
      let out = ''
      let from = 0
      for (const cut of [...cuts, text.length].sort((a, b) => a - b)) {
        const piece = gate.push(text.slice(from, cut))
        // A piece may be stored by itself.
        expect(piece.isWellFormed()).toBe(true)
        out += piece
        from = cut
      }
      expect(out + gate.end()).toBe(storable(text))
      expect(gate.end()).toBe('')
    }),
  )
})

test('is needed for every JSON source whose text it would change', () => {
  void assert(
    property(units, (text) => {
      if (storable(text) !== text) expect(mayNeedGate(JSON.stringify({ text }))).toBe(true)
    }),
  )
  expect(mayNeedGate('{"text":"plain, é, 👩 and \\n"}')).toBe(false)
})
