import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ColourLevel, themeFor } from '../../text/theme.js'
import { stripSgr, textWidth } from '../../text/width.js'
import { drawInk } from '../ink/draw.js'
import { drawPlain, drawRows, sized } from './fixtures/draw.js'
import { scenes } from './fixtures/scenes.js'
import { FORBIDDEN, paneSize, untrusted } from './fixtures/untrusted.js'

const SGR = /\x1b\[([\d;]*)m/g
/** Bold, dim, italic, underline, inverse, struck out, and their ends. */
const LAST_STYLE = 29

describe.each(Object.entries(scenes))('%s', (_name, scene) => {
  test('whatever the texts are, it fills its rows, keeps its width and lets no control through', () => {
    const texts = fc.array(untrusted, { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(paneSize, texts, ({ width, height }, said) => {
        let next = 0
        const say = () => said[next++ % said.length] ?? ''
        const rows = drawInk(scene(sized(width, height), say), width)
        expect(rows).toHaveLength(height)
        for (const row of rows) {
          expect(textWidth(row)).toBeLessThanOrEqual(width)
          expect(stripSgr(row)).not.toMatch(FORBIDDEN)
        }
      }),
      { numRuns: 40 },
    )
  })

  test('without colour there are other styles, and without any there is the same text', () => {
    const element = (level: ColourLevel) => scene(sized(60, 8, level), (text) => text)
    const [mono, none] = [drawRows(element('mono'), 60), drawRows(element('none'), 60)]
    const codes = [...mono.join('').matchAll(SGR)].map(([, code]) => Number(code))
    expect(codes.filter((code) => code > LAST_STYLE)).toEqual([])
    expect(none.join('')).not.toContain('\x1b')
    expect(mono.map((row) => stripSgr(row).trimEnd())).toEqual(none)
  })

  test('where only ASCII can be drawn, all marks and borders are ASCII', () => {
    const theme = themeFor('mono', { ascii: true })
    const rows = drawPlain(
      scene({ theme, width: 40, height: 7 }, () => 'some ascii text'),
      40,
    )
    for (const row of rows) expect(row).toMatch(/^[\x20-\x7e]*$/)
  })
})
