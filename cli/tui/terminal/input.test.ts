import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TerminalEvent } from './event.js'
import { createInputParser } from './input.js'

/** The events of bytes that come in these pieces, as short as they can be told apart. */
function read(...chunks: readonly (string | Buffer)[]): string[] {
  const found: string[] = []
  const parser = createInputParser((event) => found.push(brief(event)))
  for (const chunk of chunks) parser.push(chunk)
  return found
}

/** As `read`, with silence until nothing is waited for. */
function readAll(bytes: string | Buffer): string[] {
  const found: string[] = []
  const parser = createInputParser((event) => found.push(brief(event)))
  parser.push(bytes)
  for (let silences = 0; parser.waiting && silences < 1_000; silences++) parser.expire()
  return found
}

function brief(event: TerminalEvent): string {
  if (event.type === 'paste') return `paste ${JSON.stringify(event.text)}`
  if (event.type === 'focus') return `focus ${event.on}`
  if (event.type === 'reply') return `reply ${event.kind} ${event.data}`
  if (event.type === 'mouse') return `mouse ${event.kind} ${event.button} ${event.x},${event.y}`
  const held = [event.ctrl && 'ctrl+', event.alt && 'alt+', event.shift && 'shift+']
  const typed = event.text === undefined || event.text === event.name ? '' : ` "${event.text}"`
  return held.filter(Boolean).join('') + event.name + typed
}

/** What terminals send, and what it is. */
const sequences: readonly (readonly [string, readonly string[]])[] = [
  // Text
  ['abc\r', ['a', 'b', 'c', 'enter']],
  ['\x7f\x7f', ['backspace', 'backspace']],
  ['A É', ['shift+a "A"', 'space " "', 'shift+é "É"']],
  ['中文🙂', ['中', '文', '🙂']],
  // C0 controls
  ['\x01\x03\x1a', ['ctrl+a', 'ctrl+c', 'ctrl+z']],
  ['\r\n\t\x08\x7f', ['enter', 'ctrl+j', 'tab', 'backspace', 'backspace']],
  ['\x00\x1c\x1d\x1e\x1f', ['ctrl+space', 'ctrl+\\', 'ctrl+]', 'ctrl+^', 'ctrl+_']],
  // Alt
  ['\x1bb\x1bB\x1b1\x1b_', ['alt+b', 'alt+shift+b', 'alt+1']],
  ['\x1b\r\x1b\x7f\x1b\x01\x1b\t', ['alt+enter', 'alt+backspace', 'ctrl+alt+a', 'alt+tab']],
  ['\x1bé\x1b🙂x', ['alt+é', 'alt+🙂', 'x']],
  ['\x1b\x1b[A\x1b\x1bOB', ['alt+up', 'alt+down']],
  ['\x1b\x1b[I\x1b\x1bx', ['escape', 'focus true', 'escape', 'alt+x']],
  ['\x1b\x1b\x1b[3~', ['escape', 'alt+delete']],
  // Arrows and their neighbours: xterm, application mode
  ['\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F', ['up', 'down', 'right', 'left', 'home', 'end']],
  ['\x1bOA\x1bOB\x1bOC\x1bOD\x1bOH\x1bOF', ['up', 'down', 'right', 'left', 'home', 'end']],
  [
    '\x1b[1;2A\x1b[1;3B\x1b[1;5D\x1b[1;6C',
    ['shift+up', 'alt+down', 'ctrl+left', 'ctrl+shift+right'],
  ],
  ['\x1b[1;9A\x1bO5C\x1bO1;2D', ['alt+up', 'ctrl+right', 'shift+left']],
  ['\x1b[Z\x1b[1;6Z', ['shift+tab', 'ctrl+shift+tab']],
  [
    '\x1b[1~\x1b[2~\x1b[3~\x1b[4~\x1b[5~\x1b[6~',
    ['home', 'insert', 'delete', 'end', 'pageup', 'pagedown'],
  ],
  ['\x1b[7~\x1b[8~\x1b[3;5~\x1b[5;2~', ['home', 'end', 'ctrl+delete', 'shift+pageup']],
  // Function keys: xterm, rxvt and VT220, the Linux console
  ['\x1bOP\x1bOQ\x1bOR\x1bOS\x1b[15~\x1b[17~', ['f1', 'f2', 'f3', 'f4', 'f5', 'f6']],
  [
    '\x1b[11~\x1b[18~\x1b[19~\x1b[20~\x1b[21~\x1b[23~\x1b[24~',
    ['f1', 'f7', 'f8', 'f9', 'f10', 'f11', 'f12'],
  ],
  ['\x1b[1;2P\x1b[1;5R\x1b[15;5~', ['shift+f1', 'ctrl+f3', 'ctrl+f5']],
  ['\x1b[[A\x1b[[B\x1b[[E', ['f1', 'f2', 'f5']],
  // rxvt
  ['\x1b[a\x1b[d\x1bOa\x1bOc', ['shift+up', 'shift+left', 'ctrl+up', 'ctrl+right']],
  [
    '\x1b[3$\x1b[3^\x1b[3@\x1b[7$x',
    ['shift+delete', 'ctrl+delete', 'ctrl+shift+delete', 'shift+home', 'x'],
  ],
  // A keypad in application mode
  ['\x1bOM\x1bOj\x1bOp\x1bOy', ['enter', '*', '0', '9']],
  // The kitty protocol
  ['\x1b[27u\x1b[13;2u\x1b[13;5u\x1b[9;5u', ['escape', 'shift+enter', 'ctrl+enter', 'ctrl+tab']],
  ['\x1b[99;5u\x1b[106;5u\x1b[120;3u\x1b[97;6u', ['ctrl+c', 'ctrl+j', 'alt+x', 'ctrl+shift+a']],
  [
    '\x1b[127;5u\x1b[32;2u\x1b[97;2u\x1b[223;2u',
    ['ctrl+backspace', 'shift+space " "', 'shift+a "A"', 'shift+ß'],
  ],
  ['\x1b[97;5:1u\x1b[97;5:2u\x1b[97;5:3u\x1b[1;1:3A', ['ctrl+a', 'ctrl+a']],
  ['\x1b[97:65;6u\x1b[99;69u\x1b[13;130u', ['ctrl+shift+a', 'ctrl+c', 'shift+enter']],
  ['\x1b[120;33u', ['alt+x']],
  ['\x1b[57399u\x1b[57414u\x1b[57417;5u\x1b[57358u\x1b[99;9u', ['0', 'enter', 'ctrl+left']],
  // modifyOtherKeys
  ['\x1b[27;2;13~\x1b[27;5;99~\x1b[27;6;65~', ['shift+enter', 'ctrl+c', 'ctrl+shift+a']],
  [
    '\x1b[27;3;120~\x1b[27;5;9~\x1b[27;2;32~\x1b[27;2;65~',
    ['alt+x', 'ctrl+tab', 'shift+space " "', 'shift+a "A"'],
  ],
  // Pastes
  ['\x1b[200~a\r\nb\rc\nd\x1b[201~x', ['paste "a\\nb\\nc\\nd"', 'x']],
  [
    '\x1b[200~\x1b[A\x1b[20\x1b[200~中\x1b\x1b[201~\r',
    ['paste "\\u001b[A\\u001b[20\\u001b[200~中\\u001b"', 'enter'],
  ],
  ['\x1b[200~\x1b[201~\x1b[201~a', ['a']],
  ['\x1b\x1b[200~a\x1b[201~', ['escape', 'paste "a"']],
  // The mouse
  [
    '\x1b[<0;1;1M\x1b[<0;80;24m\x1b[<2;5;6M',
    ['mouse press left 0,0', 'mouse release left 79,23', 'mouse press right 4,5'],
  ],
  [
    '\x1b[<32;2;3M\x1b[<64;2;3M\x1b[<65;2;3M',
    ['mouse drag left 1,2', 'mouse wheel-up none 1,2', 'mouse wheel-down none 1,2'],
  ],
  ['\x1b[<20;2;3M\x1b[<66;2;3M\x1b[<35;2;3M\x1b[<128;2;3M', ['mouse press left 1,2']],
  ['\x1b[M !!a\x1b[M\x20é\x1b[32;5;6Mb', ['a', 'b']],
  // The window, and replies
  ['\x1b[I\x1b[O', ['focus true', 'focus false']],
  [
    '\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\\x1b]11;rgb:ff/ff/ff\x07',
    ['reply background rgb:1e1e/1e1e/2e2e', 'reply background rgb:ff/ff/ff'],
  ],
  [
    '\x1b[?62;22c\x1b[?1u\x1b[?2026;2$y',
    ['reply attributes 62;22', 'reply keyboard 1', 'reply mode 2026;2'],
  ],
  ['\x1bP>|tmux 3.3a\x1b\\x', ['reply version tmux 3.3a', 'x']],
  // What nobody asked for
  ['\x1bPx\x07y\x1b\\a\x1b[1éb\x1bOé', ['a', 'é', 'b', 'alt+shift+o', 'é']],
  ['\x1b[1;5Ia\x1b[>0;276;0cb\x1b[24;80Rc\x1b[?1;2Sd', ['a', 'b', 'c', 'd']],
  ['\x1b]52;c;aGk=\x07a\x1bP1$r0m\x1b\\b\x1b_Gi=1;OK\x1b\\c\x1b^x\x1b\\d', ['a', 'b', 'c', 'd']],
  ['\x1bOzx\x1b[27;2;65:1~\x1b[99999999;5uy', ['x', 'y']],
  // Sequences that were cut short
  ['\x1b[12\x1b[A\x1b[5\r\x1bO\x03', ['up', 'enter', 'alt+shift+o', 'ctrl+c']],
  ['\x1b]11;rgb\x1b[B\x1b]\x1b]\x1b[A', ['down', 'alt+]', 'alt+]', 'up']],
]

describe('what a terminal sends', () => {
  for (const [bytes, events] of sequences) {
    it(`${JSON.stringify(bytes)} is ${events.join(', ')}`, () => {
      expect(read(bytes)).toEqual(events)
    })
  }

  it('is the same when it is cut in two anywhere', () => {
    for (const [bytes, events] of sequences) {
      const whole = Buffer.from(bytes)
      for (let at = 1; at < whole.length; at++) {
        expect(read(whole.subarray(0, at), whole.subarray(at)), `${bytes} at ${at}`).toEqual(events)
      }
    }
  })

  it('is the same when it comes byte by byte, and one after the other', () => {
    const all = Buffer.from(sequences.map(([bytes]) => bytes).join(''))
    const once = read(all)
    expect(once.length).toBeGreaterThan(150)
    expect(read(...[...all].map((byte) => Buffer.from([byte])))).toEqual(once)
  })

  it('is the same for any cuts', () => {
    const some = fc.array(fc.constantFrom(...sequences.map(([bytes]) => bytes)), { maxLength: 8 })
    fc.assert(
      fc.property(some, fc.array(fc.nat(200), { maxLength: 6 }), (parts, cuts) => {
        const whole = Buffer.from(parts.join(''))
        const at = [0, ...cuts.map((cut) => Math.min(cut, whole.length)), whole.length]
        at.sort((a, b) => a - b)
        const chunks = at.slice(1).map((end, index) => whole.subarray(at[index], end))
        expect(read(...chunks)).toEqual(read(whole))
      }),
    )
  })

  it('gives a letter and its combining mark as one key when they come together', () => {
    expect(read('e\u0301x')).toEqual(['e\u0301', 'x'])
    expect(read('👩‍💻')).toEqual(['👩‍💻'])
    expect(read('e', '\u0301')).toEqual(['e', '\u0301'])
  })
})

describe('a lone ESC', () => {
  it('is the Escape key only after silence', () => {
    expect(read('\x1b')).toEqual([])
    expect(readAll('\x1b')).toEqual(['escape'])
    expect(readAll('\x1b\x1b')).toEqual(['escape', 'escape'])
    expect(readAll('\x1b\x1b\x1b')).toEqual(['escape', 'escape', 'escape'])
  })

  it('is waited for, and nothing else is after it', () => {
    const parser = createInputParser(() => undefined)
    expect(parser.waiting).toBe(false)
    parser.push('\x1b')
    expect(parser.waiting).toBe(true)
    parser.expire()
    expect(parser.waiting).toBe(false)
    parser.push('a\xc3')
    expect(parser.waiting).toBe(false)
  })

  it('with an introducer after it is that key with Alt after one silence', () => {
    for (const character of ['[', ']', '_', '^']) {
      const found: string[] = []
      const parser = createInputParser((event) => found.push(brief(event)))
      parser.push(`\x1b${character}`)
      parser.expire()
      expect(found).toEqual([`alt+${character}`])
      expect(parser.waiting).toBe(false)
    }
    expect(readAll('\x1bO')).toEqual(['alt+shift+o'])
  })
})

describe('an unfinished sequence', () => {
  it('is not text when its rest is late', () => {
    const found: string[] = []
    const parser = createInputParser((event) => found.push(brief(event)))
    parser.push('\x1b[<64;1')
    parser.expire()
    parser.push('0;5M')
    parser.push('\x1b]11;rgb:00')
    parser.expire()
    parser.push('/00/00\x1b\\a')
    expect(found).toEqual(['mouse wheel-up none 9,4', 'reply background rgb:00/00/00', 'a'])
  })

  it('swallows keys only for a while', () => {
    for (const bytes of ['\x1b[12', '\x1bO5', '\x1b]11;x', '\x1bPx', '\x1b_x\x1b', '\x1b[M!']) {
      const found: string[] = []
      const parser = createInputParser((event) => found.push(brief(event)))
      parser.push(bytes)
      for (let silence = 0; silence < 10; silence++) parser.expire()
      expect(parser.waiting).toBe(false)
      parser.push('a')
      expect(found).toEqual(['a'])
    }
  })

  it('may be endless without being kept', () => {
    expect(read(`\x1b[${'1;'.repeat(5_000)}Aa\x1b]11;${'x'.repeat(5_000)}\x07b`)).toEqual([
      'a',
      'b',
    ])
  })
})

describe('a paste', () => {
  it('comes whole and in time linear to its size', () => {
    const line = 'x'.repeat(99)
    const text = `${line}\n`.repeat(40_000)
    const bytes = Buffer.from(`\x1b[200~${text}\x1b[201~`)
    const chunks: Buffer[] = []
    for (let at = 0; at < bytes.length; at += 1_021) chunks.push(bytes.subarray(at, at + 1_021))
    let found = ''
    const parser = createInputParser((event) => {
      if (event.type === 'paste') found += event.text
    })
    const started = performance.now()
    for (const chunk of chunks) parser.push(chunk)
    expect(performance.now() - started).toBeLessThan(2_000)
    expect(found === text).toBe(true)
  })

  it('that is never ended is given out after ten seconds, and keys are keys again', () => {
    const found: string[] = []
    const parser = createInputParser((event) => found.push(brief(event)))
    parser.push('\x1b[200~abc\x1b[20')
    for (let silence = 1; silence < 200; silence++) parser.expire()
    expect(found).toEqual([])
    expect(parser.waiting).toBe(true)
    parser.expire()
    parser.push('d')
    expect(found).toEqual(['paste "abc\\u001b[20"', 'd'])
  })

  it('waits for its rest as long as something comes', () => {
    const found: string[] = []
    const parser = createInputParser((event) => found.push(brief(event)))
    parser.push('\x1b[200~a')
    for (let silence = 0; silence < 150; silence++) parser.expire()
    parser.push('b')
    for (let silence = 0; silence < 150; silence++) parser.expire()
    expect(found).toEqual([])
    parser.push('\x1b[201~')
    expect(found).toEqual(['paste "ab"'])
  })
})

describe('bytes of any kind', () => {
  const control = /[\p{Cc}\uFFFD]/u
  // Bytes that begin, continue or end sequences are more telling than any others.
  const telling = fc.constantFrom(...Buffer.from('\x1b\x1b[[]O?<>;:$0123M~u\x07\x9b\xc2\xe9'))
  const anything = fc.array(fc.oneof(fc.nat(255), telling), { maxLength: 300 })

  it('never throw, and never type a control character', () => {
    fc.assert(
      fc.property(anything, (bytes) => {
        const parser = createInputParser((event) => {
          if (event.type !== 'key') return
          expect(event.name).not.toMatch(control)
          expect(event.text ?? '').not.toMatch(control)
          if (event.ctrl || event.alt) expect(event.text).toBeUndefined()
        })
        parser.push(Buffer.from(bytes))
        for (let silence = 0; silence < 200; silence++) parser.expire()
        expect(parser.waiting).toBe(false)
      }),
      { numRuns: 1_000 },
    )
  })

  it('give the same events however they are cut', () => {
    const ascii = anything.map((bytes) => bytes.map((byte) => byte & 0x7f))
    fc.assert(
      fc.property(ascii, fc.nat(300), (bytes, at) => {
        const whole = Buffer.from(bytes)
        expect(read(whole.subarray(0, at), whole.subarray(at))).toEqual(read(whole))
      }),
    )
  })

  it('that are no UTF-8 type nothing', () => {
    expect(read(Buffer.from([0x61, 0xff, 0xc3, 0x1b, 0x5b, 0x41, 0xa9, 0x62]))).toEqual([
      'a',
      'up',
      'b',
    ])
    expect(read(Buffer.from('\x1b[M \xe9\xe9a\x1b[M\x00\x01\xffb', 'latin1'))).toEqual(['a', 'b'])
    expect(read(Buffer.from('\x1b\xc3\x01a', 'latin1'))).toEqual(['ctrl+a', 'a'])
    expect(read('\u0085\u009b[A')).toEqual(['[', 'shift+a "A"'])
  })
})
