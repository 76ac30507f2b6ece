import type { InputEvent, KeyEvent, TerminalEvent } from './event.js'

/** Joins the characters that come at once, so that a long text is not as many edits. */
export interface Typing {
  add(event: TerminalEvent): void
  /** To be called when all that has come is added: gives out what is held. */
  flush(): void
}

export function createTyping(onEvent: (event: InputEvent) => void): Typing {
  let keys: KeyEvent[] = []
  const flush = (): void => {
    const held = keys
    const [first] = held
    if (first === undefined) return
    keys = []
    onEvent(held.length === 1 ? first : { type: 'typing', keys: held })
  }
  return {
    add(event) {
      if (event.type === 'key' && event.text !== undefined) {
        keys.push(event)
        return
      }
      flush()
      onEvent(event)
    },
    flush,
  }
}

/** What the keys type, one behind the other. */
export function textOf(keys: readonly KeyEvent[]): string {
  return keys.map(({ text }) => text ?? '').join('')
}
