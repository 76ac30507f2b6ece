// Intl.Segmenter takes ten milliseconds to make, and again at its first use. Most of what is on a
// screen needs none: these characters (ESC among them, for colours) are one UTF-16 unit and one
// grapheme each, whatever stands beside them, as long as that is one of them, too.
const simple =
  /^[\n\x1b\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2015\u2018-\u2022\u2026\u2190-\u2193\u21bb\u2500-\u25a9\u25ac-\u25b5\u25b7-\u25bf\u25c1-\u25fa\u2800-\u28ff]*$/

/** A stand-in for `Intl.Segmenter`, which it makes when a text is not simple. */
export function __Segmenter(locales, options) {
  let real
  const isWord = options?.granularity === 'word'
  return {
    segment(text) {
      if (!isWord && simple.test(text)) return simpleSegments(text)
      real ??= new globalThis.Intl['Segmenter'](locales, options)
      return real.segment(text)
    },
  }
}

function simpleSegments(input) {
  const at = (index) => ({ segment: input[index], index, input })
  return {
    containing: (index = 0) => (index < input.length ? at(index) : undefined),
    *[Symbol.iterator]() {
      for (let index = 0; index < input.length; index++) yield at(index)
    },
  }
}
