import xterm from '@xterm/headless'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sanitise, sanitiseLine, takeWhole } from './sanitise.js'
import { textWidth } from './width.js'

const ESC = '\x1b'
// Each is a way in which text took over a terminal or fooled its reader.
const ATTACKS: Record<string, string> = {
  'title (OSC 0)': `${ESC}]0;pwned\x07`,
  'title (OSC 2, ST)': `${ESC}]2;pwned${ESC}\\`,
  'title (C1 OSC)': '\x9d2;pwned\x9c',
  'title report': `${ESC}[21t`,
  'title stack': `${ESC}[22;0t${ESC}[23;0t`,
  'clipboard write (OSC 52)': `${ESC}]52;c;cHduZWQ=\x07`,
  'clipboard in clipboard': `${ESC}]52;c;${ESC}]52;c;cHduZWQ=\x07\x07`,
  'hyperlink (OSC 8)': `${ESC}]8;;https://evil.example${ESC}\\https://bank.example${ESC}]8;;${ESC}\\`,
  'font (OSC 50)': `${ESC}]50;i\\$(touch /tmp/x)\x07`,
  DECRQSS: `${ESC}P$qm${ESC}\\`,
  'DSR cursor report': `${ESC}[6n`,
  DA1: `${ESC}[c`,
  'DA1 by C1 CSI': '\x9bc',
  DECRQM: `${ESC}[?2026$p`,
  XTVERSION: `${ESC}[>q`,
  'alternate screen': `${ESC}[?1049h`,
  'clear screen and scrollback': `${ESC}[2J${ESC}[3J${ESC}[H`,
  'full reset': `${ESC}c`,
  'bracketed paste off': `${ESC}[?2004l`,
  'end of a paste': `safe${ESC}[201~rm -rf /\r`,
  'mouse reporting': `${ESC}[?1000h${ESC}[?1006h`,
  'kitty graphics (APC)': `${ESC}_Gf=24,s=1,v=1;AAAA${ESC}\\`,
  'sixel (DCS)': `${ESC}Pq#0;2;0;0;0${ESC}\\`,
  'unterminated OSC': `${ESC}]0;never closed`,
  'unterminated DCS': `${ESC}Pnever closed`,
  'concealed text': `${ESC}[8msecret${ESC}[28m`,
  'line overwritten': 'rm -rf /\rls -la  ',
  backspaces: 'evil\b\b\b\bgood',
  'character sets': `${ESC}(0abc\x0e`,
  'window size': `${ESC}[8;1;1t`,
  ENQ: '\x05',
  'NUL and DEL': '\x00\x7f',
  'bidi override': 'abc\u202Edcba\u202C',
  'bidi isolate': '\u2066a\u2069\u200F\u200E\u061C',
  'tag characters': `a${String.fromCodePoint(0xe0041, 0xe0042)}`,
  'zero width': 'pay\u200Bpal\uFEFF\u2060',
  'lone surrogates': 'a\ud800b\udc00',
  bell: '\x07\x07\x07',
}
const SIGNS = `\x1b\x9b\x9d\x9c\x90\x07\b\r\n\t\x00\x7f[]P_^?;0123456789mhlcnqtJH\\ab\u202e\u200d\ufe0f`

describe('sanitise', () => {
  it('leaves ordinary text alone, whatever its script', () => {
    const texts = [
      'plain\n\ttext',
      '中文，日本語',
      'हिन्दी क्‍ष',
      'می‌خواهم',
      '👩‍👩‍👧 ❤️ 🇫🇷 1️⃣',
      'naïve café',
      '',
    ]
    for (const text of texts) expect(sanitise(text)).toBe(text)
  })

  it('shows each dangerous character as one mark and keeps what follows', () => {
    expect(sanitise('\x1b[31mred\x07')).toBe('␛[31mred␇')
    expect(sanitise('\x9b2J\x7f')).toBe('�2J␡')
    expect(sanitise('a\u202Eb\u{e0041}c\ud800')).toBe('a�b�c�')
    expect(sanitise('one\r\ntwo\rthree')).toBe('one\ntwo␍three')
    expect(textWidth(sanitise('\x1b\x9b\u202E\u{e0041}'))).toBe(4)
  })

  it('keeps to one line where there is one line', () => {
    expect(sanitiseLine('a\r\nb\n\tc\x1b[2J')).toBe('a b c␛[2J')
  })

  it('gives the same for any cut into deltas', () => {
    const text = fc.array(fc.constantFrom(...SIGNS, '😀', '\r\n', '\ud83d'), { maxLength: 60 })
    fc.assert(
      fc.property(text, fc.array(fc.nat(80)), (signs, cuts) => {
        const whole = signs.join('')
        let held = ''
        let out = ''
        for (const delta of chunksOf(whole, cuts)) {
          const taken = takeWhole(held + delta)
          held = taken.held
          out += sanitise(taken.ready)
        }
        expect(out + sanitise(held)).toBe(sanitise(whole))
      }),
    )
  })

  it('lets nothing dangerous through, and is idempotent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const safe = sanitise(text)
        expect(safe).not.toMatch(
          /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/,
        )
        expect(safe.isWellFormed()).toBe(true)
        expect(sanitise(safe)).toBe(safe)
      }),
    )
  })
})

describe('a terminal given sanitised text', () => {
  for (const [name, attack] of Object.entries(ATTACKS)) {
    it(`shows and does nothing: ${name}`, async () => {
      const seen = await play(`before ${sanitise(attack)}`)
      expect(seen).toMatchObject({ replies: '', titles: [], buffer: 'normal' })
      expect(seen.text).toMatch(/^before \S/)
      expect(seen.text).toMatch(/\nafter$/)
    })
  }

  it('shows and does nothing: anything', async () => {
    const text = fc
      .array(fc.constantFrom(...SIGNS), { maxLength: 40 })
      .map((signs) => signs.join(''))
    await fc.assert(
      fc.asyncProperty(text, async (hostile) => {
        const seen = await play(sanitise(hostile))
        expect(seen).toMatchObject({ replies: '', titles: [], buffer: 'normal', bells: 0 })
        expect(seen.text).toMatch(/(^|\n)after$/)
      }),
      { numRuns: 60 },
    )
  })
})

// What a terminal shows, and what it was made to do. The parser has to be in its ground state at
// the end, or `after` would not be seen.
async function play(text: string) {
  const terminal = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true })
  const titles: string[] = []
  let replies = ''
  let bells = 0
  terminal.onData((data) => {
    replies += data
  })
  terminal.onTitleChange((title) => titles.push(title))
  terminal.onBell(() => bells++)
  await new Promise<void>((resolve) =>
    terminal.write(`${text.replaceAll('\n', '\r\n')}\r\nafter`, resolve),
  )
  const { active } = terminal.buffer
  const rows = Array.from({ length: active.length }, (_, y) =>
    active.getLine(y)?.translateToString(true),
  )
  const seen = { titles, replies, bells, buffer: active.type, text: rows.join('\n').trimEnd() }
  terminal.dispose()
  return seen
}

function chunksOf(text: string, cuts: readonly number[]): string[] {
  const places = [...new Set([0, ...cuts.filter((cut) => cut < text.length), text.length])]
  places.sort((a, b) => a - b)
  return places.slice(1).map((place, index) => text.slice(places[index], place))
}
