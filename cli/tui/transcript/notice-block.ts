import type { Block, Look } from './block.js'
import { markedLines } from './ending.js'
import type { NoticeEntry } from './entry.js'
import { headerWidth } from './margin.js'
import { marksFor } from './marks.js'

const TOKENS = { info: 'dim', warn: 'warn', error: 'error' } as const

/** Draws what we say ourselves. Its text may hold others' words: it is sanitised. */
export function createNoticeBlock({ tone, text }: NoticeEntry): Block {
  let drawn: { readonly look: Look; readonly lines: readonly string[] } | undefined
  return {
    lines(look) {
      if (drawn?.look === look) return drawn.lines
      const mark = marksFor(look.theme)[tone]
      const sgr = look.theme.tokens[TOKENS[tone]]
      const lines = markedLines({ mark, text, sgr }, headerWidth(look.width))
      drawn = { look, lines: lines.length > 0 ? lines : [''] }
      return drawn.lines
    },
  }
}
