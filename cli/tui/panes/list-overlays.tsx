import type { ReactNode } from 'react'
import { Frame, frameInside } from './frame.js'
import { paneGlyphs } from './glyphs.js'
import { type RolesPaneProps, roleAt, rolesRows } from './roles-pane.js'
import { type SessionsPaneProps, sessionAt, sessionsRows } from './sessions-pane.js'

export type SessionsOverlayProps = Omit<SessionsPaneProps, 'focused'>
export type RolesOverlayProps = Omit<RolesPaneProps, 'focused'>

/** The sessions where there is no room for a side pane. */
export function SessionsOverlay(props: SessionsOverlayProps): ReactNode {
  const { theme, width, height } = props
  const inside = frameInside(width, height)
  return (
    <Frame
      theme={theme}
      width={width}
      height={height}
      rows={sessionsRows({ ...props, width: inside.width, height: inside.height, focused: true })}
      footer={[
        { keys: 'enter', what: 'open' },
        { keys: 'n', what: 'new' },
        { keys: 'd', what: 'delete' },
        { keys: '/', what: 'find' },
        { keys: 'esc', what: 'close' },
      ]}
    />
  )
}

/** The roles where there is no room for a side pane. */
export function RolesOverlay(props: RolesOverlayProps): ReactNode {
  const { theme, width, height } = props
  const inside = frameInside(width, height)
  return (
    <Frame
      theme={theme}
      width={width}
      height={height}
      rows={rolesRows({ ...props, width: inside.width, height: inside.height, focused: true })}
      footer={[
        { keys: paneGlyphs(theme).upDown, what: 'choose' },
        { keys: 'enter', what: 'use' },
        { keys: 'n', what: 'new' },
        { keys: 'e', what: 'edit' },
        { keys: 'd', what: 'delete' },
        { keys: 'esc', what: 'close' },
      ]}
    />
  )
}

/** The index of the session in a row of the overlay, for the mouse. */
export function overlaySessionAt(
  props: Pick<SessionsOverlayProps, 'width' | 'height' | 'selected' | 'filter' | 'sessions'>,
  row: number,
): number | undefined {
  const { y, height } = frameInside(props.width, props.height)
  return sessionAt({ ...props, height }, row - y)
}

/** The `selected` that a row of the overlay stands for, for the mouse. */
export function overlayRoleAt(
  props: Pick<RolesOverlayProps, 'width' | 'height' | 'selected' | 'roles'>,
  row: number,
): number | undefined {
  const { y, height } = frameInside(props.width, props.height)
  return roleAt({ ...props, height }, row - y)
}
