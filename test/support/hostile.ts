/** Numbers from 0 to 1, the same for the same seed. */
export type Random = () => number

export function randomOf(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A whole number from `from` to `to`, both included. */
export function between(random: Random, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1))
}

export function pick<Item>(random: Random, items: readonly [Item, ...Item[]]): Item {
  return items[Math.floor(random() * items.length)] ?? items[0]
}

/** A text in pieces, as a stream may bring it: cut anywhere, also inside a character. */
export function pieces(random: Random, text: string): string[] {
  const longest = Math.max(1, Math.ceil(text.length / between(random, 1, 6)))
  const found: string[] = []
  for (let at = 0; at < text.length; ) {
    const end = at + between(random, 1, longest)
    found.push(text.slice(at, end))
    at = end
  }
  return found
}

/** A colour that no theme has: where it is seen, a sequence has come through. */
const ALIEN_SGR = ['5', '8', '41', '48;5;196', '38;2;1;2;3', '38;5;13', '7;5', '21', '53']

/**
 * A text that tries to reach the terminal, to leave its pane, to be drawn in other cells than we
 * count, or to be something else than it seems. Lengths go from 1 to about 10,000 units.
 */
export function hostileText(random: Random): string {
  const roll = random()
  if (roll < 0.004) return flood(random)
  const parts = Array.from({ length: between(random, 1, roll < 0.8 ? 6 : 20) }, () => part(random))
  const text = parts.join(random() < 0.3 ? ' ' : '')
  if (random() < 0.25) return wrapped(random, text)
  return text
}

type Make = (random: Random) => string

const strings = ['\x07', '\x1b\\', '\x9c', '', '\x1b', '\x18'] as const
const introducers = [']', '\x9d'] as const
const oscs = [
  ...['0;owned', '1;owned', '2;owned', '4;1;?', '4;1;rgb:ff/00/00', '8;;http://evil.example/'],
  ...['8;id=1;javascript:alert(1)', '9;4;1;50', '10;?', '11;?', '11;#ff0000', '12;?', '22;pointer'],
  ...['52;c;aGFja2Vk', '52;c;?', '52;p;!', '104', '110', '133;A', '133;D;1', '633;E;rm -rf'],
  ...['777;notify;t;b', '1337;File=inline=1:AAAA', '1337;ClearScrollback', '1337;RequestUpload=1'],
] as const
const queries = [
  ...['c', '0c', '>c', '=c', '5n', '6n', '?6n', '?15n', '?26n', 'x', '14t', '18t', '19t', '21t'],
  ...['?2026$p', '?1049$p', '4$p', '>q', '?u', '?1;1;0S', '?996n'],
] as const
const modes = ['1049', '47', '1000', '1003', '1006', '2004', '25', '7', '6', '3', '5', '2026', '1']
const moves = [
  ...['H', '1;1H', '99;99H', '999A', '999B', '999C', '999D', '2J', '3J', '1J', 'K', '1K', '2K'],
  ...['99X', '9P', '9@', '9L', '9M', '5S', '5T', '1;3r', 's', 'u', 'd', '99d', '99G', 'I', 'Z'],
  ...['3g', '!p', '2;5q', '>4;2m', '>1u', '22;0t', '8;5;20t', '9;1t', '99b', '1"q', "1'}"],
] as const
const escapes = [
  ...['c', '7', '8', 'D', 'E', 'H', 'M', 'N', 'O', 'Z', '=', '>', '#8', '#3', '(0', ')0', '%G'],
  ...[' F', 'n', 'o', '|', '}', '~', 'l', '6', '9'],
] as const
const joiners = [
  ...['\u0301', '\u0308', '\u20e3', '\u20dd', '\u034f', '\u0e33', '\u0eb3', '\u0f39', '\u1161'],
  ...['\u11a8', '\u3099', '\u093f', '\u094d', '\u05b0', '\u064b', '\ufe0e', '\ufe0f', '\u180b'],
  ...['\u{e0100}', '\u{1d165}', '\u{1f3fb}', '\u{1f3ff}', '\u200d', '\u200c'],
] as const
const invisible = [
  ...['\u202a', '\u202b', '\u202d', '\u202e', '\u202c', '\u2066', '\u2067', '\u2068', '\u2069'],
  ...['\u200e', '\u200f', '\u061c', '\u200b', '\u2060', '\u2028', '\u2029', '\ufeff', '\u00ad'],
  ...['\u115f', '\u3164', '\uffa0', '\u2061', '\u206a', '\ufff9', '\ufffa', '\ufffb', '\u{e0041}'],
  ...['\u{e007f}', '\u{13430}', '\u0600', '\u06dd', '\u070f', '\u{110bd}', '\u17b4', '\ufffe'],
] as const
const scripts = [
  ...[
    '中文字',
    '日本語',
    '한국어',
    'ｶﾞｷﾞ',
    '𠮷野家',
    'ภาษาไทยน้ำ',
    'ນ້ຳ',
    'हिन्दी क्षि',
    'தமிழ் நி',
    'မြန်မာ',
  ],
  ...[
    'עִבְרִית',
    'العربية',
    '﷽',
    'ﷺ',
    'བོད་ཡིག',
    'ខ្មែរ',
    'ᠮᠣᠩᠭᠣᠯ',
    '⸻',
    '𒐫',
    'ꧽ',
    '\ue0b0',
    '\u{f0000}',
    'Ａ',
  ],
] as const
const emoji = [
  ...[
    '👍🏽',
    '👨‍👩‍👧',
    '👩🏽‍❤️‍💋‍👨🏿',
    '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
    '🇩🇪',
    '🇩',
    '🇩🇪🇩',
    '1️⃣',
    '❤️',
    '❤',
    '☺︎',
    '🙂',
    '🫨',
    '🐦‍⬛',
    '🧑🏻‍🦰',
  ],
] as const
const shapes = ['│', '╭', '╮', '╰', '╯', '─', '▌', '●', '> ', '| ', '+', '…'] as const

const makers: readonly [number, Make][] = [
  [6, (random) => `${esc(random, ']', '\x9d')}${pick(random, oscs)}${pick(random, strings)}`],
  [5, (random) => `${csi(random)}${pick(random, queries)}`],
  [4, (random) => `${csi(random)}?${anyOf(random, modes)}${pick(random, ['h', 'l', 's', 'r'])}`],
  [1, (random) => `${csi(random)}${pick(random, ['4', '20', '2'])}${pick(random, ['h', 'l'])}`],
  [6, (random) => `${csi(random)}${pick(random, moves)}`],
  [4, (random) => `${csi(random)}${anyOf(random, ALIEN_SGR)}m`],
  [3, (random) => `\x1b${pick(random, escapes)}`],
  [2, (random) => `${esc(random, 'P', '\x90')}${pick(random, dcs)}${pick(random, strings)}`],
  [
    2,
    (random) => `\x1b${pick(random, ['_Ga=T;AAAA', '^pm', 'Xsos', '_'])}${pick(random, strings)}`,
  ],
  [2, cut],
  [3, (random) => String.fromCharCode(between(random, 0, 0x1f))],
  [2, (random) => String.fromCharCode(between(random, 0x7f, 0x9f))],
  [2, (random) => pick(random, ['\t', '\r', '\r\n', '\n', '\0', '\x7f', '\b\b\b', '\x0e', '\v'])],
  [4, (random) => pick(random, invisible)],
  [4, (random) => `${pick(random, ['', 'e', '中', '🙂', ' '])}${some(random, joiners, 4)}`],
  [2, (random) => String.fromCharCode(between(random, 0xd800, 0xdfff))],
  [5, (random) => pick(random, scripts)],
  [5, (random) => some(random, emoji, 3)],
  [3, (random) => some(random, shapes, 6)],
  [3, (random) => String.fromCodePoint(between(random, 0xa0, 0x2ffff)).normalize()],
  [5, (random) => pick(random, ['plain', 'words and more', 'x', ' ', '0', '-- ', 'aAbB'])],
  [1, (random) => pick(random, ['/model x', '//', '!', '@', '\\', '%s%n', '{{x}}', '<|end|>'])],
  [6, markdown],
]
const total = makers.reduce((sum, [weight]) => sum + weight, 0)
const dcs = ['$qm', '+q544e', 'q#0;2;0;0;0#0~~', '1$r0m', '=1s', '|ff/'] as const

function part(random: Random): string {
  let left = random() * total
  for (const [weight, make] of makers) {
    left -= weight
    if (left < 0) return make(random)
  }
  return ''
}

function csi(random: Random): string {
  return esc(random, '[', '\x9b')
}

/** The introducer of a sequence in 7 or in 8 bits. */
function esc(random: Random, seven: string, eight: string): string {
  return random() < 0.85 ? `\x1b${seven}` : eight
}

function cut(random: Random): string {
  const whole = `${pick(random, ['\x1b[', '\x1b]', '\x1bP'])}${pick(random, queries)}`
  return pick(random, ['\x1b', '\x1b[', '\x1b]', '\x1b[38;5;', '\x1b[?', '\x1b]52;c', whole])
}

function markdown(random: Random): string {
  const inner = leaf(random)
  const reference = pick(random, ['&#27;', '&#x1b;', '&#155;', '&#x9d;', '&#7;', '&#8238;', '&#0;'])
  const url = `http://e.example/${inner.replace(/[\s()<>]/g, '')}`
  return pick<() => string>(random, [
    () => `[label${inner}](${url} "title${inner}")`,
    () => `[${inner}](javascript:alert(1))`,
    () => `![alt${inner}](${url})`,
    () => `<http://e.example/${inner}>`,
    () => `https://e.example/?q=${inner}`,
    () => `\n\`\`\`js ${inner}\nconst a = "${inner}" // ${inner}\n\`\`\`\n`,
    () => `\n~~~${inner}\n${inner}\n`,
    () => `\n\n| a | ${inner} |\n|---|:-:|\n| ${inner} | b |\n| 中 | ${reference} |\n\n`,
    () => `\n# ${inner}\n`,
    () => `\n> ${inner}\n> - ${inner}\n\n`,
    () => `\n- [ ] ${inner}\n  1. ${inner}\n`,
    () => `**${inner}** \`${inner}\` ~~${inner}~~`,
    () => `<b onclick="${inner}">${inner}</b><br>`,
    () => `<script>${inner}</script>`,
    () => `${reference}[2J${reference}]0;owned${reference}`,
    () => `\n[ref]: ${url} "${inner}"\n\n[ref]`,
    () => `\\${inner}\n---\n`,
  ])()
}

/** What a markup hides; no markup itself. */
function leaf(random: Random): string {
  return pick<Make>(random, [
    (of) => `\x1b]52;c;aGk=\x07${pick(of, invisible)}`,
    (of) => `\x1b[${anyOf(of, ALIEN_SGR)}m${pick(of, scripts)}`,
    (of) => `${csi(of)}${pick(of, queries)}`,
    (of) => `${pick(of, introducers)}0;owned\x9c`,
    (of) => `${pick(of, emoji)}${some(of, joiners, 8)}`,
    () => '\x1b[2J\x1b[H',
    () => '&#27;[2J',
  ])(random)
}

function flood(random: Random): string {
  const unit = pick<Make>(random, [
    () => 'x',
    () => 'x y',
    () => '中',
    () => '\u0301',
    () => '👨‍👩‍👧',
    () => 'a\u200d',
    () => '\t',
    () => '\x1b[',
    (of) => part(of),
    (of) => markdown(of),
  ])(random)
  return unit.repeat(Math.ceil(10_000 / Math.max(1, unit.length))).slice(0, 10_000)
}

/** Where one sequence ends the mark-up of another, or fills a line up to its end. */
function wrapped(random: Random, text: string): string {
  const filler = 'x'.repeat(between(random, 1, 130))
  return pick(random, [`${filler}${text}`, `${text}${filler}`, `${text}\n${text}`, `\x1b[${text}`])
}

function some(random: Random, items: readonly [string, ...string[]], most: number): string {
  return Array.from({ length: between(random, 1, most) }, () => pick(random, items)).join('')
}

function anyOf(random: Random, items: readonly string[]): string {
  return items[Math.floor(random() * items.length)] ?? ''
}
