import { graphemeWidth } from '../../text/width.js'

/*
 * Terminals agree about the cells of some characters only. The plain ones are those that are one
 * code unit, never join a neighbour that is plain too, and are narrow or wide by every table since
 * Unicode 5. Everything else (emoji, flags, joined and combining characters, what is new, private
 * or a part of a conjunct) is drawn with care.
 */

// As \uXXXX, since many of them look the same or like nothing.
const NARROW =
  '\\x20-\\x7e\\xa0-\\xac\\xae-\\u02ff\\u0370-\\u0377\\u037a-\\u037f\\u0384-\\u038a\\u038c' +
  '\\u038e-\\u03a1\\u03a3-\\u0482\\u048a-\\u052f\\u0531-\\u0556\\u05d0-\\u05ea\\u0621-\\u064a' +
  '\\u0660-\\u0669\\u0e01-\\u0e30\\u0e3f-\\u0e46\\u0e4f-\\u0e5b\\u10d0-\\u10ff\\u1e00-\\u1eff' +
  '\\u2000-\\u200a\\u2010-\\u2027\\u202f-\\u205e\\u2070\\u2071\\u2074-\\u208e\\u20a0-\\u20bf' +
  '\\u2100-\\u218b\\u2190-\\u2319\\u231c-\\u2328\\u232b-\\u23e8\\u23f4-\\u2426\\u2440-\\u244a' +
  '\\u2460-\\u25fc\\u25ff-\\u2613\\u2616-\\u262f\\u2638-\\u2647\\u2654-\\u267e\\u2690-\\u2692' +
  '\\u2694-\\u26a0\\u2701-\\u2704\\u2706-\\u2709\\u270c-\\u2727\\u2729-\\u274b\\u2756' +
  '\\u2758-\\u2794\\u2798-\\u27af\\u27c0-\\u2aff\\ufffd'
const WIDE =
  '\\u2e80-\\u2e99\\u2e9b-\\u2ef3\\u2f00-\\u2fd5\\u2ff0-\\u2ffb\\u3000-\\u3029\\u3030-\\u303e' +
  '\\u3041-\\u3096\\u309b-\\u30ff\\u3105-\\u312f\\u3131-\\u3163\\u3165-\\u318e\\u3190-\\u31ba' +
  '\\u31c0-\\u31e3\\u31f0-\\u321e\\u3220-\\u3247\\u3250-\\u4dbf\\u4e00-\\ua48c\\uac00-\\ud7a3' +
  '\\uf900-\\ufa6d\\ufe30-\\ufe52\\ufe54-\\ufe66\\ufe68-\\ufe6b\\uff01-\\uff60\\uffe0-\\uffe6'

const PLAIN = `${NARROW}${WIDE}`
const PLAIN_TEXT = new RegExp(`^[${PLAIN}]*$`)
const WIDE_CHARACTER = new RegExp(`[${WIDE}]`)
// Between two plain characters there is always a border, so graphemes are only looked for where
// there are not two of them in a row.
const STRETCHES = new RegExp(
  `(?:[${PLAIN}]?[^${PLAIN}]+)+[${PLAIN}]?|(?:[${NARROW}](?![^${PLAIN}]))+|(?:[${WIDE}](?![^${PLAIN}]))+`,
  'g',
)

// By every table these take no cell of their own.
const NO_CELL = /[\u0300-\u036f\u05b0-\u05bd\u064b-\u0652\u3099\u309a]|\u200c|\u200d|\ufe0e/
const FIRST_WIDE = 0x1100
// A terminal adds these to the cell before, wherever that is.
const JOINS_PREVIOUS = /^(?:[\p{M}\p{Grapheme_Extend}]|\u200d|[\u1160-\u11ff\ud7b0-\ud7fb])/u

/** True if terminals agree about every character of the text. */
export function isPlain(text: string): boolean {
  return PLAIN_TEXT.test(text)
}

/** Cells of one plain character. */
export function plainWidth(character: string): 1 | 2 {
  return WIDE_CHARACTER.test(character) ? 2 : 1
}

/** The text in stretches of narrow, of wide and of not only plain characters. */
export function stretches(text: string): readonly string[] {
  return text.match(STRETCHES) ?? []
}

/** The most cells that any terminal may need for a grapheme that is not plain. */
export function widestWidth(grapheme: string): number {
  let cells = 0
  for (const character of grapheme) {
    if (NO_CELL.test(character)) continue
    // A variation selector has no cell, but can turn a narrow character into a wide one.
    const isNarrow = character === '\ufe0f' || (character.codePointAt(0) ?? 0) < FIRST_WIDE
    cells += isNarrow ? 1 : 2
  }
  return Math.max(cells, graphemeWidth(grapheme))
}

/** True for a grapheme that must not come first, as it would change the cell before it. */
export function joinsPrevious(grapheme: string): boolean {
  return JOINS_PREVIOUS.test(grapheme)
}
