import { roleFormAreas } from '../panes/role-form.js'
import type { Overlay } from '../state/overlay.js'
import type { Size, State } from '../state/state.js'
import type { Rect } from '../terminal/rect.js'

/** What an overlay would like to have, its frame included. */
export function overlaySize({
  overlay,
  size,
  sessions,
  roles,
  catalogue,
}: State): Size | undefined {
  if (overlay === undefined) return undefined
  const most = Math.max(8, size.rows - 4)
  const rows = (count: number): number => Math.max(8, Math.min(count, most))
  switch (overlay.kind) {
    case 'models':
      return { columns: 84, rows: rows((catalogue?.data.length ?? 0) + 4) }
    case 'sessions':
      return { columns: 60, rows: rows(sessions.length + 4) }
    case 'roles':
      return { columns: 60, rows: rows(roles.length + 5) }
    case 'search':
      // As large as it gets: nothing moves while one types.
      return { columns: 110, rows: Math.min(most, 44) }
    case 'confirm':
      return { columns: 56, rows: 5 }
    case 'role-form':
      return formSize(size)
    case 'help':
      return { columns: 110, rows: size.rows - 1 }
    default:
      return overlay satisfies never
  }
}

/** The form does not grow with its text: nothing moves while one types. */
function formSize(size: Size): Size {
  return { columns: Math.min(80, size.columns - 2), rows: Math.max(9, Math.min(20, size.rows - 4)) }
}

/** Where the field with the focus is in the form. */
export function formField(
  size: Size,
  focused: Extract<Overlay, { kind: 'role-form' }>['field'],
): Rect {
  const { columns, rows } = formSize(size)
  const height = Math.min(rows, size.rows - 1)
  return roleFormAreas({ width: columns, height, focused })[focused]
}
