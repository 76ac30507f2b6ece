import type { ReactNode } from 'react'
import type { Rect } from '../terminal/rect.js'
import { Frame, frameInside } from './frame.js'
import { type PaneGlyphs, paneGlyphs } from './glyphs.js'
import type { KeyHint } from './key-hint.js'
import { rowOf, type Segment } from './line.js'
import type { PaneProps } from './rows.js'

export interface ComposerProps extends PaneProps {
  /** The rows in view of what was typed, laid out for the width of `composerTextArea`. */
  readonly rows: readonly string[]
  readonly focused: boolean
  readonly planMode: boolean
  /** What is done with the text, where it is no new message. */
  readonly title?: string | undefined
  /** What becomes of the message that was entered last. */
  readonly tag?: 'queued' | 'sending' | undefined
  /** In the lower border. */
  readonly hints?: readonly KeyHint[] | undefined
}

const PROMPT = '> '

/** Where one types. Nothing typed yet: it says what can be. Plan Mode has a flag and its own colour. */
export function Composer(props: ComposerProps): ReactNode {
  const { theme, width, height, focused, planMode, title, tag, hints } = props
  const glyphs = paneGlyphs(theme)
  const titles = [...(planMode ? [`${glyphs.plan} plan`] : []), ...(title ? [title] : [])]
  const text = titles.join(` ${glyphs.dot} `)
  return (
    <Frame
      theme={theme}
      width={width}
      height={height}
      rows={textRows(props, glyphs)}
      title={text === '' ? undefined : { text, token: planMode ? 'warn' : 'accent' }}
      tag={tag === undefined ? undefined : { text: tag, token: 'dim' }}
      footer={hints}
      border={planMode ? 'warn' : focused ? 'borderFocus' : 'border'}
    />
  )
}

/**
 * Where in a composer of this size its text stands, relative to it. The cell right of it is free,
 * so that the cursor can stand behind a full row.
 */
export function composerTextArea(width: number, height: number): Rect {
  const inside = frameInside(width, height)
  const before = inside.x + PROMPT.length
  return {
    x: inside.x + before,
    y: inside.y,
    width: Math.max(1, inside.width - before - 1),
    height: inside.height,
  }
}

function textRows({ theme, width, height, ...props }: ComposerProps, glyphs: PaneGlyphs): string[] {
  const inside = frameInside(width, height)
  const margin = ' '.repeat(inside.x)
  const row = (prompt: string, text: Segment) =>
    rowOf(theme, inside.width, [{ text: margin }, { text: prompt, token: 'accent' }, text])
  if (props.rows.every((text) => text === '') && props.rows.length < 2) {
    const text = `Ask anything${glyphs.more}  / for commands`
    return [row(PROMPT, { text, token: 'dim' })]
  }
  const rest = ' '.repeat(PROMPT.length)
  return props.rows.map((text, index) => row(index === 0 ? PROMPT : rest, { text }))
}
