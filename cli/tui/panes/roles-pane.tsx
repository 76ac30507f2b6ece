import type { ReactNode } from 'react'
import { type ListPaneItem, listPaneItemAt, listPaneRows } from './list-pane.js'
import { type PaneProps, Rows } from './rows.js'

export interface RolesPaneProps extends PaneProps {
  readonly focused: boolean
  /** Their names. */
  readonly roles: readonly string[]
  /** The index of the session's role; undefined when it has none. */
  readonly active: number | undefined
  /** A row: 0 is `(none)`, then come the roles, and `+ new role` is the last. */
  readonly selected: number
}

/** The roles of which one may be active, with a row for none before and one for a new one behind. */
export function RolesPane(props: RolesPaneProps): ReactNode {
  return <Rows rows={rolesRows(props)} width={props.width} height={props.height} />
}

/** The rows of `RolesPane`. */
export function rolesRows(props: RolesPaneProps): string[] {
  const { roles, active } = props
  const items: ListPaneItem[] = [
    { text: { text: '(none)', token: 'dim' }, ...activity(active === undefined) },
    ...roles.map((name, index) => ({ text: { text: name }, ...activity(index === active) })),
    { text: { text: '+ new role', token: 'dim' }, ...activity(false) },
  ]
  return listPaneRows({
    ...{ theme: props.theme, width: props.width, height: props.height },
    ...{ focused: props.focused, selected: props.selected, filter: undefined, items },
    ...{ title: `ROLES (${roles.length})`, hint: '^T roles', empty: '' },
  })
}

/** The `selected` that a row of the pane stands for, for the mouse. */
export function roleAt(
  { height, selected, roles }: Pick<RolesPaneProps, 'height' | 'selected' | 'roles'>,
  row: number,
): number | undefined {
  return listPaneItemAt({ height, selected, filter: undefined }, roles.length + 2, row)
}

function activity(active: boolean): Pick<ListPaneItem, 'current' | 'right'> {
  return { current: active, right: active ? { text: 'active', token: 'accent' } : undefined }
}
