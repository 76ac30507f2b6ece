/**
 * The one place where text becomes storable: Postgres refuses NUL and cannot hold a lone surrogate,
 * so both become U+FFFD. Nothing else is changed, and nothing is HTML-escaped.
 */
export function storable(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed()
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\u{FFFD}') : wellFormed
}

/** True for JSON source that may hold what `storable` would change once it is parsed. */
export function mayNeedGate(json: string): boolean {
  return /\\u0000|\\u[dD][89a-fA-F]|\0/.test(json)
}

/** The same for text in pieces: a high surrogate at the end of a piece waits for its other half. */
export function createTextGate() {
  let held = ''
  return {
    push(piece: string): string {
      const text = held + piece
      const last = text.charCodeAt(text.length - 1)
      const cut = last >= 0xd800 && last <= 0xdbff ? text.length - 1 : text.length
      held = text.slice(cut)
      return storable(text.slice(0, cut))
    },
    /** What was held back and never completed. */
    end(): string {
      const rest = storable(held)
      held = ''
      return rest
    },
  }
}
