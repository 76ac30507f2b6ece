import { cutMiddle } from '../../output/table.js'
import { matchPieces, type Piece } from '../../text/matches.js'
import type { Theme } from '../../text/theme.js'
import { paneGlyphs } from './glyphs.js'
import { rowOf, type Segment, safeLine, segmentsWidth, tailOf } from './line.js'
import { shortAge } from './sessions-pane.js'

/** Something that a search has found. Its texts are as they came. */
export interface HitItem {
  /** Of its session; undefined where all are of one. */
  readonly title: string | undefined
  /** Of the session that is open. */
  readonly isOpen: boolean
  readonly author: string
  /** An ISO moment. */
  readonly createdAt: string
  readonly snippet: string
  /** What was found in the snippet: from and to, UTF-16 units. */
  readonly matches: readonly (readonly [from: number, to: number])[]
}

/** Rows that a hit takes. */
export const hitHeight = 2
/** Cells an author has at most: names of models are long, and their ends tell them apart. */
const longestAuthor = 24
const marks = 3

/** A hit in two rows: where it is, by whom and how old; and its text. */
export function hitRows(
  { theme, width, now }: { theme: Theme; width: number; now: number },
  { title, isOpen, author, createdAt, snippet, matches }: HitItem,
  marked: boolean,
): [string, string] {
  const glyphs = paneGlyphs(theme)
  const pointer: Segment = { text: marked ? glyphs.pointer : ' ', token: 'accent' }
  const who = cutMiddle(
    safeLine(author),
    Math.min(longestAuthor, Math.floor(width / 3)),
    glyphs.cut,
  )
  const age = shortAge(createdAt, now)
  const pieces = matchPieces(snippet, matches)
  const token = marked ? undefined : ('dim' as const)
  return [
    rowOf(
      theme,
      width,
      [
        pointer,
        { text: isOpen ? `${glyphs.current} ` : '  ', token: 'accent' },
        { text: title ?? who, ...(marked && { token: 'strong' }) },
      ],
      [
        {
          text: ` ${[...(title === undefined ? [] : [who]), age].join(` ${glyphs.dot} `)} `,
          token: 'dim',
        },
      ],
    ),
    rowOf(theme, width, [
      pointer,
      { text: '  ' },
      ...inView(theme, pieces, width - marks).map(({ text, isFound }): Segment => {
        return { text, token: isFound ? 'match' : token }
      }),
    ]),
  ]
}

/** What is found first is in view: of a long text before it only the end is kept. */
function inView(theme: Theme, pieces: readonly Piece[], width: number): readonly Piece[] {
  const [before, found, ...rest] = pieces
  if (before === undefined || before.isFound || found === undefined) return pieces
  const lead = segmentsWidth([before])
  if (lead + segmentsWidth([found]) <= width - Math.floor(width / 4)) return pieces
  const { cut } = paneGlyphs(theme)
  const kept = tailOf(before.text, Math.max(0, Math.floor(width / 4) - 1))
  return [{ ...before, text: cut + kept }, found, ...rest]
}
