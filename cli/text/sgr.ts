/** A piece of text in one style: `sgr` holds the parameters of ESC[...m, '' for none. */
export type Span = { readonly text: string; readonly sgr: string }

const SEQUENCE = /\x1b\[([\d;:]*)m/g
const CACHE_LIMIT = 2_048
const cache = new Map<string, string>()

// What each closing code takes away, as the attributes it ends.
const CLOSES: Readonly<Record<string, readonly string[]>> = {
  '22': ['1', '2'],
  '23': ['3'],
  '24': ['4'],
  '25': ['5'],
  '27': ['7'],
  '28': ['8'],
  '29': ['9'],
}

/** Two styles, the inner one drawn over the outer one. */
export function joinSgr(outer: string, inner: string): string {
  if (outer === '' || inner === '') return outer + inner
  return applySgr(outer, inner)
}

/** The style after `params` arrived in style `current`, in one canonical order. */
function applySgr(current: string, params: string): string {
  const key = `${current}m${params}`
  const known = cache.get(key)
  if (known !== undefined) return known
  const result = computeSgr(current, params)
  if (cache.size >= CACHE_LIMIT) cache.clear()
  cache.set(key, result)
  return result
}

/** Takes an ANSI-styled text apart. Anything but SGR is text. */
export function parseAnsi(text: string): Span[] {
  if (!text.includes('\x1b')) return text === '' ? [] : [{ text, sgr: '' }]
  const spans: Span[] = []
  let sgr = ''
  let from = 0
  for (const match of text.matchAll(SEQUENCE)) {
    if (match.index > from) spans.push({ text: text.slice(from, match.index), sgr })
    sgr = applySgr(sgr, match[1] ?? '')
    from = match.index + match[0].length
  }
  if (from < text.length) spans.push({ text: text.slice(from), sgr })
  return spans
}

/** Puts spans together as one string whose SGR is closed at its end. */
export function spansToAnsi(spans: readonly Span[]): string {
  let out = ''
  let sgr = ''
  for (const span of spans) {
    if (span.text === '') continue
    if (span.sgr !== sgr) out += transition(sgr, span.sgr)
    sgr = span.sgr
    out += span.text
  }
  return sgr === '' ? out : `${out}\x1b[0m`
}

/** A text in one style, closed. */
export function styled(text: string, sgr: string): string {
  return sgr === '' || text === '' ? text : `\x1b[${sgr}m${text}\x1b[0m`
}

/**
 * A style as a function on strings that may hold styled strings, for packages that nest them: it
 * is taken up again behind each end of an inner one.
 */
export function nestable(sgr: string): (text: string) => string {
  if (sgr === '') return (text) => text
  const open = `\x1b[${sgr}m`
  return (text) => `${open}${text.replaceAll('\x1b[0m', `\x1b[0m${open}`)}\x1b[0m`
}

function transition(from: string, to: string): string {
  if (to === '') return '\x1b[0m'
  return from === '' ? `\x1b[${to}m` : `\x1b[0;${to}m`
}

function computeSgr(current: string, params: string): string {
  const attributes = new Set<string>()
  let foreground = ''
  let background = ''
  for (const code of codesOf(current === '' ? params : `${current};${params || '0'}`)) {
    const number = Number.parseInt(code, 10)
    if (number === 0) {
      attributes.clear()
      foreground = ''
      background = ''
    } else if (number <= 9) attributes.add(code)
    else if (CLOSES[code]) for (const ended of CLOSES[code]) attributes.delete(ended)
    else if (number === 39) foreground = ''
    else if (number === 49) background = ''
    else if ((number >= 30 && number <= 38) || (number >= 90 && number <= 97)) foreground = code
    else if ((number >= 40 && number <= 48) || (number >= 100 && number <= 107)) background = code
  }
  return [...[...attributes].sort(), foreground, background].filter((code) => code !== '').join(';')
}

// 38;5;n and 38;2;r;g;b are one code each.
function codesOf(params: string): string[] {
  const parts = params.split(/[;:]/)
  const codes: string[] = []
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] || '0'
    const extra = part === '38' || part === '48' ? (parts[i + 1] === '5' ? 2 : 4) : 0
    codes.push([part, ...parts.slice(i + 1, i + 1 + extra)].join(';'))
    i += extra
  }
  return codes
}
