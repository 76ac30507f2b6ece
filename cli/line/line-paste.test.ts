import { describe, expect, it } from 'vitest'
import { createPasteSplitter, pastedLine, textOfLine } from './line-paste.js'

const typed = 'ab\x1b[A\x1b[200~one\rtwo\x03\x1b[201~c\x1b[200~\x1b[201~\x1b'

describe('createPasteSplitter', () => {
  it('tells pastes from keys, however the bytes arrive, in their order', () => {
    for (let length = 1; length <= typed.length; length++) {
      const { split, events } = collect()
      for (let from = 0; from < typed.length; from += length) {
        split(typed.slice(from, from + length))
      }
      expect(events).toEqual([
        ['keys', 'ab\x1b[A\x1b[200~'],
        ['paste', 'one\rtwo\x03'],
        ['keys', 'c\x1b[200~'],
        ['paste', ''],
        ['keys', '\x1b'],
      ])
    }
  })

  it('passes each key on at once', () => {
    const { split, events } = collect()
    let typed = ''
    for (const key of ['\x1b', '\x1b[', '\x1b[20~', 'x']) {
      split(key)
      typed += key
      expect(events).toEqual([['keys', typed]])
    }
  })
})

describe('pastedLine', () => {
  it('is one safe line that gives the lines back', () => {
    const line = pastedLine('one\r\n\ttwo\rthree\u202e\x1b]0;x\x07\n\n', true)
    expect(line).toBe('one↵\ttwo↵three�␛]0;x␇')
    expect(textOfLine(line)).toBe('one\n\ttwo\nthree�␛]0;x␇')
  })

  it('keeps a mark that was in the text from becoming a line break', () => {
    expect(textOfLine(pastedLine('press ↵', true))).toBe('press ⏎')
  })
})

function collect() {
  const events: [string, string][] = []
  const add = (kind: string, text: string) => {
    const last = events.at(-1)
    if (kind === 'keys' && last?.[0] === 'keys') last[1] += text
    else events.push([kind, text])
  }
  const split = createPasteSplitter({
    onKeys: (keys) => add('keys', keys),
    onPaste: (text) => add('paste', text),
  })
  return { split, events }
}
