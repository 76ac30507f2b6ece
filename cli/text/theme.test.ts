import { describe, expect, it } from 'vitest'
import { colourLevel, paintToken, themeFor } from './theme.js'

describe('colourLevel', () => {
  it.each([
    [{ TERM: 'xterm-256color' }, true, 'ansi256'],
    [{ TERM: 'xterm' }, true, 'ansi16'],
    [{ TERM: 'xterm', COLORTERM: 'truecolor' }, true, 'truecolor'],
    [{ TERM: 'xterm-kitty' }, true, 'ansi256'],
    [{}, true, 'ansi16'],
    [{ TERM: 'xterm-256color' }, false, 'none'],
    [{ TERM: 'dumb', COLORTERM: 'truecolor' }, true, 'none'],
    [{ NO_COLOR: '1', TERM: 'xterm-256color' }, true, 'mono'],
    [{ NO_COLOR: '', TERM: 'xterm-256color' }, true, 'ansi256'],
    [{ NO_COLOR: '1', FORCE_COLOR: '3' }, true, 'mono'],
    [{ NO_COLOR: '1' }, false, 'none'],
    [{ FORCE_COLOR: '0', COLORTERM: 'truecolor' }, true, 'mono'],
    [{ FORCE_COLOR: '0' }, false, 'none'],
    [{ FORCE_COLOR: '1' }, false, 'ansi16'],
    [{ FORCE_COLOR: '' }, false, 'ansi16'],
    [{ FORCE_COLOR: 'true' }, false, 'ansi16'],
    [{ FORCE_COLOR: '2', TERM: 'dumb' }, false, 'ansi256'],
    [{ FORCE_COLOR: '3' }, false, 'truecolor'],
  ] as const)('%o, terminal %s: %s', (env, isTTY, level) => {
    expect(colourLevel(env, isTTY)).toBe(level)
  })
})

describe('themeFor', () => {
  it('has a theme for every level and background', () => {
    expect(themeFor('truecolor').name).toBe('dark')
    expect(themeFor('ansi256', { background: 'light' }).name).toBe('light')
    expect(themeFor('ansi16', { background: 'light' }).name).toBe('ansi16')
    expect(themeFor('mono').name).toBe('mono')
    expect(themeFor('none').name).toBe('plain')
    expect(themeFor('none', { ascii: true }).glyphs.bullet).toBe('*')
  })

  it('uses no colour in mono and no escape at all in plain', () => {
    const { tokens, syntax } = themeFor('mono')
    for (const sgr of [...Object.values(tokens), ...Object.values(syntax)])
      expect(sgr).toMatch(/^([1-9](;|$))*$/)
    expect(paintToken(themeFor('none'), 'error', 'x')).toBe('x')
    expect(paintToken(themeFor('ansi16'), 'error', 'x')).toBe('\x1b[31mx\x1b[0m')
  })
})
