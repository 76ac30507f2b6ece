import type { ReactNode } from 'react'
import { Frame, frameInside } from './frame.js'
import { cutLine, rowOf, type Segment, segmentsWidth } from './line.js'
import type { PaneProps } from './rows.js'

export interface ConfirmProps extends PaneProps {
  /** What would be done, e.g. `delete this session`. */
  readonly question: string
  /** To what: it is shown, so that nothing goes by mistake. */
  readonly name: string
  /** What else there is to know, e.g. that it cannot be undone. */
  readonly detail?: string | undefined
}

const CHOICE: Segment = { text: 'y/N', token: 'strong' }

/** A question that only a `y` answers with yes. */
export function Confirm(props: ConfirmProps): ReactNode {
  const { theme, width, height, question } = props
  return (
    <Frame
      theme={theme}
      width={width}
      height={height}
      rows={questionRows(props)}
      title={{ text: question, token: 'warn' }}
      footer={[
        { keys: 'y', what: 'yes' },
        { keys: 'esc', what: 'no' },
      ]}
      border="warn"
    />
  )
}

function questionRows({ theme, width, height, ...props }: ConfirmProps): string[] {
  const { question, name, detail } = props
  const inside = frameInside(width, height)
  const row = (...segments: Segment[]) => rowOf(theme, inside.width, [{ text: ' ' }, ...segments])
  if (inside.height < 3) {
    const text = inside.y === 0 ? `${question}: ${name}` : name
    const room = inside.width - 4 - segmentsWidth([CHOICE])
    return [row({ text: `${cutLine(theme, text, room)}? ` }, CHOICE)]
  }
  const about = detail === undefined ? [] : [row({ text: detail, token: 'dim' })]
  return [row({ text: name, token: 'strong' }), ...about.slice(0, inside.height - 2), row(CHOICE)]
}
