import type { ReactNode } from 'react'
import { type RoleField, roleFields } from '../state/overlay.js'
import type { Rect } from '../terminal/rect.js'
import { Frame, frameInside } from './frame.js'
import { paneGlyphs } from './glyphs.js'
import { rowOf, type Segment } from './line.js'
import type { PaneProps } from './rows.js'

export interface RoleFormProps extends PaneProps {
  readonly isNew: boolean
  readonly focused: RoleField
  /** The part in view of the name. */
  readonly name: string
  /** The rows in view of the instructions, laid out for the width of `roleFormAreas`. */
  readonly instructions: readonly string[]
  /** The part in view of the parameters. */
  readonly parameters: string
  /** What is wrong with a field. */
  readonly errors?: Readonly<Partial<Record<RoleField, string | undefined>>> | undefined
  /** It is being saved; or Esc was pressed with changes, which a second one throws away. */
  readonly state?: 'saving' | 'leaving' | undefined
}

const INDENT = 2
/** What stands beside the label of a field that is empty. */
const HINTS: Readonly<Partial<Record<RoleField, string>>> = {
  parameters: 'none; such as temperature=0.3',
}

/** A role's name, instructions and parameters; the field with the focus has the pointer before its label. */
export function RoleForm(props: RoleFormProps): ReactNode {
  const { theme, width, height, isNew } = props
  return (
    <Frame
      theme={theme}
      width={width}
      height={height}
      rows={formRows(props)}
      title={{ text: isNew ? 'NEW ROLE' : 'EDIT ROLE', token: 'heading' }}
      tag={tagOf(props)}
      footer={[
        { keys: 'tab', what: 'next' },
        { keys: 'ctrl+s', what: 'save' },
        { keys: 'esc', what: 'cancel' },
      ]}
    />
  )
}

/**
 * Where in a form of this size the text of each field stands, relative to it; a field for which
 * there is no room has no height. The cell right of an area is free for the cursor.
 */
export function roleFormAreas({
  width,
  height,
  focused,
}: Pick<RoleFormProps, 'width' | 'height' | 'focused'>): Readonly<Record<RoleField, Rect>> {
  const inside = frameInside(width, height)
  const area = (top: number, rows: number): Rect => ({
    ...{ x: inside.x + INDENT, y: inside.y + top },
    ...{ width: Math.max(1, inside.width - INDENT - 1), height: Math.max(0, rows) },
  })
  const nothing = area(0, 0)
  if (inside.height >= 8) {
    const text = area(4, inside.height - 7)
    return { name: area(1, 1), instructions: text, parameters: area(inside.height - 1, 1) }
  }
  if (inside.height >= 5) {
    const name = area(1, 1)
    return focused === 'parameters'
      ? { name, instructions: nothing, parameters: area(4, 1) }
      : { name, instructions: area(4, inside.height - 4), parameters: nothing }
  }
  // Too low for more than one: the one with the focus, with its label from two rows on.
  const top = inside.height < 2 ? 0 : 1
  const only = area(top, focused === 'instructions' ? inside.height - top : 1)
  return { name: nothing, instructions: nothing, parameters: nothing, [focused]: only }
}

function formRows(props: RoleFormProps): string[] {
  const { theme, width, height } = props
  const inside = frameInside(width, height)
  const areas = roleFormAreas(props)
  const rows = Array<string>(inside.height).fill('')
  for (const field of roleFields) {
    const area = areas[field]
    const top = area.y - inside.y
    if (area.height > 0 && top > 0) rows[top - 1] = labelRow(props, field, inside.width)
    const texts = field === 'instructions' ? props.instructions : [props[field]]
    for (const [index, text] of texts.slice(0, area.height).entries()) {
      rows[top + index] = rowOf(theme, inside.width, [{ text: ' '.repeat(INDENT) }, { text }])
    }
  }
  return rows
}

function labelRow(
  { theme, focused, errors, ...texts }: RoleFormProps,
  field: RoleField,
  width: number,
): string {
  const glyphs = paneGlyphs(theme)
  const error = errors?.[field]
  const isFocused = field === focused
  return rowOf(theme, width, [
    { text: isFocused ? glyphs.pointer : ' ', token: 'accent' },
    { text: field, token: isFocused ? 'heading' : 'dim' },
    error === undefined
      ? { text: texts[field] === '' && HINTS[field] ? `  ${HINTS[field]}` : '', token: 'dim' }
      : { text: `  ${glyphs.failed} ${error}`, token: 'error' },
  ])
}

function tagOf({ theme, state }: RoleFormProps): Segment | undefined {
  if (state === 'saving') return { text: `saving${paneGlyphs(theme).more}`, token: 'dim' }
  return state === 'leaving' ? { text: '! esc again drops changes', token: 'warn' } : undefined
}
