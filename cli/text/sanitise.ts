/**
 * Text that a terminal may be given: no control, no bidirectional override, no lone surrogate and
 * no invisible character. Only `sanitise` and `sanitiseLine` make one.
 */
export type SafeText = string & { readonly __safeText: unique symbol }

// ZWNJ, ZWJ and the emoji and Mongolian selectors stay: they are invisible, but scripts and emoji
// sequences are broken without them, and a terminal does nothing with them but join.
const UNSAFE =
  /(?![\n\t\u200C-\u200D]|[\uFE0E-\uFE0F]|[\u180B-\u180F])[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029\uFFF9-\uFFFB\u{13430}-\u{1343F}]/u
const UNSAFE_ALL = new RegExp(`\\r\\n|${UNSAFE.source}`, 'gu')
// Most texts need no look at Unicode's tables, whose expression takes milliseconds to compile: ASCII,
// Latin letters, and the dashes, quotes, arrows and lines of NARROW in width.ts.
const PLAIN =
  /^[\n\t\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2015\u2018-\u2022\u2026\u2190-\u2193\u2500-\u25ff\u2800-\u28ff]*$/
const LINE_SPACE = /[\n\t]+/g

const REPLACEMENT = '\uFFFD'
const CONTROL_PICTURES = 0x2400

/**
 * Makes text from outside fit to be a line of ours. Each dangerous character becomes one visible
 * mark of width 1 (␛ for ESC, � for what has no picture) and what followed it stays as plain text,
 * so nothing is swallowed and there is no state: the text may be cut anywhere between deltas,
 * except inside a surrogate pair or inside \r\n, which `takeWhole` holds back.
 */
export function sanitise(text: string): SafeText {
  if (PLAIN.test(text) || !UNSAFE.test(text)) return text as SafeText
  return text.replace(UNSAFE_ALL, mark) as SafeText
}

/** `sanitise` for places of one line (titles, names, errors): line breaks and tabs become a space. */
export function sanitiseLine(text: string): SafeText {
  return sanitise(text).replace(LINE_SPACE, ' ') as SafeText
}

/**
 * Splits a delta into what can be sanitised now and what has to wait for the next one:
 * a trailing high surrogate (half a character) or a trailing \r (perhaps half a line break).
 */
export function takeWhole(text: string): { ready: string; held: string } {
  const last = text.charCodeAt(text.length - 1)
  const isHalf = last === 0x0d || (last >= 0xd800 && last <= 0xdbff)
  if (!isHalf) return { ready: text, held: '' }
  return { ready: text.slice(0, -1), held: text.slice(-1) }
}

function mark(found: string): string {
  if (found === '\r\n') return '\n'
  const code = found.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(CONTROL_PICTURES + code)
  if (code === 0x7f) return '\u2421'
  return REPLACEMENT
}
