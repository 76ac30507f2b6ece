import { StringDecoder } from 'node:string_decoder'
import { isPlainAscii } from '../../text/width.js'
import type { KeyEvent } from './event.js'
import { characterKey, isTyped, noModifiers, withAlt } from './input-keys.js'

// Made when first needed: it takes ten milliseconds.
let segmenter: Intl.Segmenter | undefined

/** Makes keys of typed bytes, a grapheme each. */
export interface TextReader {
  add(byte: number): void
  /** The next grapheme was typed with Alt. */
  alt(): void
  /** Gives out what is complete. */
  flush(): void
  /** Gives out what is complete and forgets half a character, which will not be continued. */
  end(): void
}

export function createTextReader(onKey: (key: KeyEvent) => void): TextReader {
  const decoder = new StringDecoder('utf8')
  let bytes: number[] = []
  let alt = false
  const flush = (): void => {
    if (bytes.length === 0) return
    const text = decoder.write(Buffer.from(bytes))
    bytes = []
    for (const grapheme of isPlainAscii(text) ? text : graphemes(text)) {
      const isAlt = alt
      alt = false
      if (!isTyped(grapheme)) continue
      const key = characterKey(grapheme, noModifiers)
      onKey(isAlt ? withAlt(key) : key)
    }
  }
  return {
    add(byte) {
      bytes.push(byte)
    },
    alt() {
      alt = true
    },
    flush,
    end() {
      flush()
      decoder.end()
      alt = false
    },
  }
}

function graphemes(text: string): string[] {
  segmenter ??= new Intl.Segmenter()
  return [...segmenter.segment(text)].map(({ segment }) => segment)
}
