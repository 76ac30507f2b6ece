import { type ColourLevel, type Theme, themeFor } from '../../text/theme.js'
import { isPlainAscii } from '../../text/width.js'
import { layoutEditor } from '../composer/layout.js'
import { Banner, bannerRows } from '../panes/banner.js'
import { Composer, type ComposerProps } from '../panes/composer.js'
import { Divider } from '../panes/divider.js'
import { emptyStateRows } from '../panes/empty-state.js'
import { filterCaret } from '../panes/filter-row.js'
import { type Connection, Header } from '../panes/header.js'
import type { KeyHint } from '../panes/key-hint.js'
import { NewLinesMark, newLinesMarkWidth } from '../panes/new-lines-mark.js'
import { RolesPane } from '../panes/roles-pane.js'
import { SessionsPane } from '../panes/sessions-pane.js'
import { SlashMenu } from '../panes/slash-menu.js'
import { StatusLine } from '../panes/status-line.js'
import { TooSmall } from '../panes/too-small.js'
import type { Suggestions } from '../slash/suggest.js'
import { modelInUse } from '../state/model-in-use.js'
import type { State } from '../state/state.js'
import type { Point } from '../terminal/rect.js'
import type { Screen } from '../terminal/screen.js'
import type { Transcript } from '../transcript/transcript.js'
import { bannerView } from './banner.js'
import { composerInside } from './composer.js'
import { createInkPanes } from './ink-panes.js'
import { composerRoom, isTooSmall, type Layout, layoutOf, smallest } from './layout.js'
import { rolesView, sessionsView } from './lists.js'
import { memo } from './memo.js'
import { overlaySize } from './overlay-size.js'
import { overlayView } from './overlays.js'
import { hintsFor, runningView, usageView } from './status.js'

interface Picture {
  readonly state: State
  readonly suggestions: Suggestions | undefined
  readonly theme: Theme
  /** Ms since the epoch. */
  readonly now: number
}

/** Puts the state on the screen, pane by pane. */
export interface Painter {
  /** Where everything was put last; undefined while the terminal is too small. */
  readonly layout: Layout | undefined
  paint(picture: Picture): void
}

/** Most suggestions in view. */
const menuRows = 8
/** What lies over the panes, from the top down. */
const overlayLayer = 3
const menuLayer = 2
const markLayer = 1

const regions = ['header', 'sessions', 'roles', 'divider', 'banner', 'composer', 'status'] as const

/** `where` names the daemon in the header. */
export function createPainter(screen: Screen, transcript: Transcript, where: string): Painter {
  const panes = createInkPanes(screen)
  let layout: Layout | undefined

  const paintTooSmall = ({ state, theme }: Picture): void => {
    layout = undefined
    for (const id of [...regions, 'mark', 'menu', 'overlay']) panes.hide(id)
    screen.remove('transcript')
    const rect = { x: 0, y: 0, width: state.size.columns, height: state.size.rows }
    const need = { width: smallest.columns, height: smallest.rows }
    const { width, height } = rect
    panes.show('too-small', rect, <TooSmall {...{ theme, width, height, need }} />)
    screen.cursor(undefined)
  }

  const paintTranscript = ({ state, theme }: Picture, at: Layout): void => {
    const { width, height } = at.transcript
    screen.place('transcript', at.transcript)
    transcript.resize(width, height)
    const { lines, following, newLines } = transcript.draw()
    const isEmpty = transcript.entries().length === 0 && transcript.live() === undefined
    screen.setLines(
      'transcript',
      isEmpty ? emptyRows(theme, width, height, modelsOf(state)) : lines,
    )
    if (following) return panes.hide('mark')
    const markWidth = Math.min(newLinesMarkWidth(theme, newLines), width)
    const x = at.mark.x + Math.floor((width - markWidth) / 2)
    const sized = { theme, width: markWidth, height: 1 }
    const mark = <NewLinesMark {...sized} count={newLines} />
    panes.show('mark', { ...at.mark, x, width: markWidth }, mark, markLayer)
  }

  const paintSide = ({ state, theme, now }: Picture, { side }: Layout): void => {
    if (side === undefined) {
      for (const id of ['sessions', 'roles', 'divider']) panes.hide(id)
      return
    }
    const size = ({ width, height }: { width: number; height: number }) => ({ width, height })
    const sessions = (
      <SessionsPane {...{ theme, ...size(side.sessions), ...sessionsView(state, now) }} />
    )
    panes.show('sessions', side.sessions, sessions)
    panes.show(
      'roles',
      side.roles,
      <RolesPane {...{ theme, ...size(side.roles), ...rolesView(state) }} />,
    )
    panes.show('divider', side.divider, <Divider {...{ theme, ...size(side.divider) }} />)
  }

  const paintRows = (picture: Picture, at: Layout): void => {
    const { state, theme, now } = picture
    const { session, roles } = state
    const role = roles.find(({ id }) => id === session?.role_id)
    const row = { theme, height: 1 }
    panes.show(
      'header',
      at.header,
      <Header
        {...{ ...row, width: at.header.width }}
        title={session?.title ?? ''}
        model={modelInUse(state)}
        role={role?.name}
        plan={planOf(state)}
        connection={connectionOf(state, where)}
      />,
    )
    const banner = bannerView(state, now)
    if (banner === undefined || at.banner === undefined) panes.hide('banner')
    else
      panes.show(
        'banner',
        at.banner,
        <Banner {...{ ...row, width: at.banner.width, height: at.banner.height, ...banner }} />,
      )
    const isAscii = isPlainAscii(theme.glyphs.rule)
    panes.show(
      'status',
      at.status,
      <StatusLine
        {...{ ...row, width: at.status.width }}
        running={runningView(state, transcript.live(), { now, isAscii })}
        hints={hintsFor(state)}
        usage={usageView(state, transcript.entries())}
      />,
    )
  }

  /** The cursor's place in the composer. */
  const paintComposer = ({ state, theme }: Picture, at: Layout): Point | undefined => {
    const inside = composerInside(at.composer)
    const { rows, cursor } = layoutEditor(state.composer.editor, inside.width, inside.height)
    const focused = state.focus === 'composer' && state.overlay === undefined
    const { width, height } = at.composer
    panes.show(
      'composer',
      at.composer,
      <Composer
        {...{ theme, width, height, rows, focused }}
        planMode={state.session?.plan != null}
        {...editView(state)}
        tag={state.queue.length > 0 ? 'queued' : undefined}
      />,
    )
    return focused ? { x: inside.x + cursor.x, y: inside.y + cursor.y } : undefined
  }

  const paintMenu = ({ state, theme, suggestions }: Picture, at: Layout): void => {
    if (suggestions === undefined) return panes.hide('menu')
    const { items, hidden } = suggestions
    const { width, height } = at.menu
    const selected = state.composer.menuIndex
    const menu = <SlashMenu {...{ theme, width, height, items, hidden, selected }} />
    panes.show('menu', at.menu, menu, menuLayer)
  }

  const paintOverlay = ({ state, theme, now }: Picture, at: Layout): Point | undefined => {
    if (state.overlay === undefined) {
      panes.hide('overlay')
      return undefined
    }
    const { element, cursor } = overlayView(state, state.overlay, { rect: at.overlay, theme, now })
    panes.show('overlay', at.overlay, element, overlayLayer)
    return cursor && { x: at.overlay.x + cursor.x, y: at.overlay.y + cursor.y }
  }

  return {
    get layout() {
      return layout
    },
    paint(picture) {
      const { state } = picture
      if (isTooSmall(state.size)) return paintTooSmall(picture)
      panes.hide('too-small')
      const at = layoutFor(picture)
      layout = at
      paintSide(picture, at)
      paintTranscript(picture, at)
      paintRows(picture, at)
      const inComposer = paintComposer(picture, at)
      paintMenu(picture, at)
      screen.cursor(paintOverlay(picture, at) ?? inComposer ?? inFilter(state, at))
    },
  }
}

/** Where one types while sessions are looked for in their pane. */
function inFilter({ focus, filter, overlay }: State, { side }: Layout): Point | undefined {
  const isTyping = focus === 'sessions' && filter?.isTyping === true && overlay === undefined
  if (!isTyping || side === undefined) return undefined
  const { x, y, width } = side.sessions
  return { x: x + filterCaret(width - 1, filter.editor.text), y: y + 1 }
}

function layoutFor({ state, suggestions, theme, now }: Picture): Layout {
  const { size, sidePanes, roles, composer } = state
  const wanted = {
    sidePanes,
    bannerRows: 0,
    menuRows: Math.min(suggestions?.items.length ?? 0, menuRows),
    roleRows: roles.length + 2,
    overlay: overlaySize(state),
    composerRows: 1,
  }
  const { composer: frame } = layoutOf(size, wanted)
  const banner = bannerView(state, now)
  if (banner !== undefined) {
    wanted.bannerRows = bannerRows({ theme, width: frame.width, ...banner }).length
  }
  const { width } = composerInside(frame)
  const { totalRows } = layoutEditor(composer.editor, width, composerRoom(size.rows))
  return layoutOf(size, { ...wanted, composerRows: Math.max(1, totalRows) })
}

const editKeys: readonly KeyHint[] = [
  { keys: 'enter', what: 'ask it in a fork' },
  { keys: 'esc', what: 'leave it' },
]

/** What the composer says around an earlier question. */
function editView({ composer }: State): Pick<ComposerProps, 'title' | 'hints'> {
  if (composer.editing === undefined) return {}
  const { number } = composer.editing
  const which = number === 1 ? 'the last question' : `question ${number} from the end`
  return { title: `editing ${which}`, hints: editKeys }
}

/** What would answer now in words, both models in plan mode. */
function modelsOf(state: State): string | undefined {
  const plan = planOf(state)
  return plan === undefined ? modelInUse(state) : `${plan.planner}, then ${plan.answerer}`
}

const planOf = ({ session, catalogue }: State) =>
  session?.plan == null || catalogue?.source === 'offline'
    ? undefined
    : { planner: session.plan.planning_model, answerer: session.plan.answering_model }

function connectionOf({ link, catalogue, isGatewayAway }: State, where: string): Connection {
  if (link.kind === 'lost') return { kind: 'no-daemon' }
  if (isGatewayAway || catalogue?.source === 'offline') return { kind: 'offline' }
  return { kind: 'ok', where }
}

const emptyRows = memo((theme: Theme, width: number, height: number, model: string | undefined) =>
  emptyStateRows({
    ...{ theme, width, height, model },
    name: 'Chat2AnyLLM',
    hints: [
      { keys: 'enter', what: 'send, shift+enter new line' },
      { keys: '/', what: 'commands' },
      { keys: '^O', what: 'models' },
      { keys: 'F1', what: 'help' },
    ],
  }),
)

/** The theme for a level of colour and a background. */
export const themeOf = memo((level: ColourLevel, background: 'dark' | 'light', ascii: boolean) =>
  themeFor(level, { background, ascii }),
)
