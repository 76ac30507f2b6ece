import type { ReactNode } from 'react'
import { formatAge } from '../../output/age.js'
import { paneGlyphs } from './glyphs.js'
import { type ListPaneItem, listPaneItemAt, listPaneRows } from './list-pane.js'
import { type PaneProps, Rows } from './rows.js'

export interface SessionsPaneProps extends PaneProps {
  readonly focused: boolean
  /** Those that the filter leaves; undefined until they were read. */
  readonly sessions: readonly SessionItem[] | undefined
  /** How many there are without the filter. */
  readonly total: number
  /** An index of `sessions`. */
  readonly selected: number
  /** What is being typed to find a session; undefined when nobody does. */
  readonly filter?: string | undefined
  /** ms since 1970. */
  readonly now: number
}

export interface SessionItem {
  readonly title: string
  /** The one that is open. */
  readonly current: boolean
  /** A turn is running in it. */
  readonly live: boolean
  /** An ISO moment. */
  readonly updatedAt: string
}

/** The sessions. The open one has a ●, one that is answering a ↻ instead of its age. */
export function SessionsPane(props: SessionsPaneProps): ReactNode {
  return <Rows rows={sessionsRows(props)} width={props.width} height={props.height} />
}

/** The rows of `SessionsPane`. */
export function sessionsRows(props: SessionsPaneProps): string[] {
  const { sessions, total, filter, now } = props
  const glyphs = paneGlyphs(props.theme)
  const isNarrowed = filter !== undefined && filter !== ''
  const count = isNarrowed ? `${sessions?.length ?? 0}/${total}` : String(total)
  const items = sessions?.map(({ title, current, live, updatedAt }): ListPaneItem => {
    const right = live
      ? { text: glyphs.live, token: 'ok' as const }
      : { text: shortAge(updatedAt, now), token: 'dim' as const }
    return { text: { text: title }, current, right }
  })
  return listPaneRows({
    ...{ theme: props.theme, width: props.width, height: props.height },
    ...{ focused: props.focused, selected: props.selected, filter, items: items ?? [] },
    title: sessions === undefined ? 'SESSIONS' : `SESSIONS (${count})`,
    hint: '^N new',
    empty: emptySentence(sessions !== undefined, isNarrowed, glyphs.more),
  })
}

/** The index of the session in a row of the pane, for the mouse. */
export function sessionAt(
  props: Pick<SessionsPaneProps, 'height' | 'selected' | 'filter' | 'sessions'>,
  row: number,
): number | undefined {
  return listPaneItemAt({ ...props, filter: props.filter }, props.sessions?.length ?? 0, row)
}

function emptySentence(isRead: boolean, isNarrowed: boolean, more: string): string {
  if (!isRead) return `reading${more}`
  return isNarrowed ? 'nothing matches' : 'no sessions yet'
}

/** `5 min` of the tables is `5m` in a list. */
export function shortAge(moment: string, now: number): string {
  return formatAge(moment, now).replace(' min', 'm').replace(' ', '')
}
