import fc from 'fast-check'

/** What has broken parsers, terminals, databases and renderers elsewhere. */
const naughty = [
  '',
  '\0',
  'a\0b\0',
  '\ud800',
  '\udfff',
  'a\udc00\ud800b',
  '\ud83d',
  '\ude00\ud83d',
  '😀\ud83d',
  '\ufeff',
  '\ufffe\uffff',
  '\u{10ffff}',
  '\u0085\u2028\u2029\v\f\r\n',
  '\u202eabc\u202c \u2066x\u2069 \u200f\u200b\u2060',
  'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞',
  '👩‍❤️‍💋‍👨🏳️‍🌈🇩🇪👍🏽e\u0301',
  '<script>alert(1)</script>&lt;&amp;',
  "'; DROP TABLE messages; --",
  '$1 $2 %s %n {0} #{x} {{x}}',
  '\\u0000 \\0 \\x00 \\ud800 \\\\',
  '"}\n\ndata: [DONE]\n\nevent: turn.done\n',
  '\u001b]0;title\u0007\u001b[2J\u001b[?1049h',
  '__proto__',
  'constructor',
  'null',
  'NaN',
  '1e309',
  '../../etc/passwd',
  'COPY t FROM stdin;\n\\.\n',
  ' \t leading and trailing \u00a0\u3000',
]

const unit = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code)),
  },
  { weight: 1, arbitrary: fc.constantFrom('\0', '\\', '"', '\n', '\r', ' ', '\u001b') },
)

const strings = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...naughty) },
  { weight: 5, arbitrary: fc.array(unit, { maxLength: 12 }).map((units) => units.join('')) },
)

/** Strings of all planes, whole and broken. The same seed gives the same strings. */
export function hostileStrings(count: number, seed: number): string[] {
  return fc.sample(strings, { numRuns: count, seed })
}

/** What is to be read back, said in another way than the daemon does. */
export function gated(text: string): string {
  return text.replace(
    /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    '\ufffd',
  )
}
