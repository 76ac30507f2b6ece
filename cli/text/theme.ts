import {
  ANSI16,
  ANSI16_CODE,
  DARK,
  DARK_CODE,
  LIGHT,
  LIGHT_CODE,
  MONO,
  MONO_CODE,
} from './palette.js'
import { styled } from './sgr.js'

/** How much colour a terminal may get; `none` means not even bold. */
export type ColourLevel = 'none' | 'mono' | 'ansi16' | 'ansi256' | 'truecolor'

/** The variables that decide about colour. */
export type ColourEnvironment = {
  readonly NO_COLOR?: string | undefined
  readonly FORCE_COLOR?: string | undefined
  readonly TERM?: string | undefined
  readonly COLORTERM?: string | undefined
}

/** What a piece of text means; the theme says how that looks. */
export type Token = keyof typeof DARK

/** Marks and lines that are drawn. */
type Glyphs = {
  readonly bullet: string
  readonly checked: string
  readonly unchecked: string
  readonly quoteBar: string
  readonly rule: string
  readonly column: string
  readonly cross: string
  readonly left: string
  readonly right: string
}

/** SGR parameters ('1;36', '' for none) by meaning, and by highlight.js class for code. */
export type Theme = {
  readonly name: 'dark' | 'light' | 'ansi16' | 'mono' | 'plain'
  readonly tokens: Readonly<Record<Token, string>>
  readonly syntax: Readonly<Record<string, string>>
  readonly glyphs: Glyphs
}

const GLYPHS: Glyphs = {
  ...{ bullet: '•', checked: '☑', unchecked: '☐', quoteBar: '│' },
  ...{ rule: '─', column: '│', cross: '┼', left: '├', right: '┤' },
}
const ASCII_GLYPHS: Glyphs = {
  ...{ bullet: '*', checked: '[x]', unchecked: '[ ]', quoteBar: '|' },
  ...{ rule: '-', column: '|', cross: '+', left: '+', right: '+' },
}

const NO_STYLE = Object.fromEntries(Object.keys(DARK).map((token) => [token, ''])) as Record<
  Token,
  string
>

const THEMES = {
  dark: { name: 'dark', tokens: DARK, syntax: DARK_CODE, glyphs: GLYPHS },
  light: { name: 'light', tokens: LIGHT, syntax: LIGHT_CODE, glyphs: GLYPHS },
  ansi16: { name: 'ansi16', tokens: ANSI16, syntax: ANSI16_CODE, glyphs: GLYPHS },
  mono: { name: 'mono', tokens: MONO, syntax: MONO_CODE, glyphs: GLYPHS },
  plain: { name: 'plain', tokens: NO_STYLE, syntax: {}, glyphs: GLYPHS },
} as const satisfies Record<Theme['name'], Theme>

/**
 * The colour level of a stream. NO_COLOR (not empty) leaves bold and dim; FORCE_COLOR (0 to 3,
 * true, or empty) decides for any stream; a dumb terminal and a pipe get nothing.
 */
export function colourLevel(env: ColourEnvironment, isTTY: boolean): ColourLevel {
  const forced = forcedLevel(env.FORCE_COLOR)
  if (env.NO_COLOR) return isTTY && env.TERM !== 'dumb' ? 'mono' : 'none'
  if (forced) return forced === 'mono' && (!isTTY || env.TERM === 'dumb') ? 'none' : forced
  if (!isTTY || env.TERM === 'dumb') return 'none'
  if (/^(truecolor|24bit)$/i.test(env.COLORTERM ?? '')) return 'truecolor'
  if (/-(256color|direct)$|^xterm-(kitty|ghostty)$|^alacritty/i.test(env.TERM ?? ''))
    return 'ansi256'
  return 'ansi16'
}

/** The theme for a level, on a dark or a light background; `ascii` draws with ASCII only. */
export function themeFor(
  level: ColourLevel,
  options: { background?: 'dark' | 'light'; ascii?: boolean } = {},
): Theme {
  const theme = THEMES[nameFor(level, options.background ?? 'dark')]
  return options.ascii ? { ...theme, glyphs: ASCII_GLYPHS } : theme
}

/** A text in the style of a token, closed. */
export function paintToken(theme: Theme, token: Token, text: string): string {
  return styled(text, theme.tokens[token])
}

function nameFor(level: ColourLevel, background: 'dark' | 'light'): Theme['name'] {
  switch (level) {
    case 'none':
      return 'plain'
    case 'mono':
    case 'ansi16':
      return level
    case 'ansi256':
    case 'truecolor':
      return background
    default:
      return level satisfies never
  }
}

function forcedLevel(value: string | undefined): ColourLevel | undefined {
  switch (value) {
    case undefined:
      return undefined
    case '0':
    case 'false':
      return 'mono'
    case '2':
      return 'ansi256'
    case '3':
      return 'truecolor'
    default:
      return 'ansi16'
  }
}
