import { startUpstream, type Upstream } from '../test/fakes/upstream/upstream.js'
import {
  activeRole,
  answerer,
  implementation,
  keyword,
  lastWords,
  olderSessions,
  plan,
  planner,
  question,
  roles,
  title,
  upstreamOptions,
} from './picture-answers.js'
import { createClosing } from './picture-closing.js'
import { looks } from './picture-colours.js'
import { type Grid, isColoured } from './picture-grid.js'
import { openHome, type PictureHome } from './picture-home.js'
import { drawSvg } from './picture-svg.js'
import { openPictureTerminal } from './picture-terminal.js'

/** The chat's clock, before anything real, so that no age but those told here is ever shown. */
const now = Date.parse('2026-01-15T14:02:00Z')
const minuteMs = 60_000
/** What the plan and the part of the answer took, ms. */
const steps = [4_200, 6_100]

/** In the list of sessions. */
const liveMark = '↻'

const label =
  'c2a in plan mode: a plan by one model, and its implementation by another, in the middle of the answer'

/** Plays the scene in the real chat, dark and light, and gives the pictures by file name. */
export async function takePictures(root: string): Promise<Record<string, string>> {
  const closing = createClosing()
  try {
    const upstream = await startUpstream(upstreamOptions)
    closing.add(upstream.close)
    const home = await openHome({ root, gateway: upstream.url, closing })
    await furnish(home)
    const pictures: Record<string, string> = {}
    for (const theme of ['dark', 'light'] as const) {
      const grid = await playScene({ root, home, upstream }, theme)
      pictures[`chat-${theme}.svg`] = drawSvg(grid, looks[theme], label)
    }
    return pictures
  } finally {
    await closing.close()
  }
}

/** Roles and older sessions. */
async function furnish({ client, sql }: PictureHome): Promise<void> {
  for (const [name, instructions] of roles) await client.createRole({ name, instructions })
  for (const [title, minutes] of olderSessions) {
    const { id } = await client.createSession({ title })
    const used = new Date(now - minutes * minuteMs).toISOString()
    await sql('update sessions set updated_at = $2, created_at = $2 where id = $1', [id, used])
  }
}

async function playScene(
  { root, home, upstream }: { root: string; home: PictureHome; upstream: Upstream },
  theme: 'dark' | 'light',
): Promise<Grid> {
  const session = await home.client.createSession({
    ...{ title, role: activeRole },
    plan: { planning_model: planner, answering_model: answerer },
  })
  const clock = { PICTURE_NOW: String(now), PICTURE_STEPS: steps.join() }
  const terminal = openPictureTerminal({
    ...{ root, cwd: home.directory, columns: 120, rows: 36 },
    env: { ...home.env, ...clock, C2A_THEME: theme },
  })
  const round = upstream.hits(planner) + 1
  try {
    for (const text of [activeRole, planner, `SESSIONS (${olderSessions.length + 1})`]) {
      await terminal.until(text)
    }
    terminal.type(question)
    await terminal.until(question.slice(-12))
    terminal.type('\r')
    const planning = await upstream.waitFor(planner, round)
    planning.release(plan)
    await terminal.until('is empty')
    terminal.tick()
    await terminal.until('00:04')
    planning.finish()
    const answering = await upstream.waitFor(answerer, round)
    answering.release(implementation)
    await terminal.until(lastWords)
    terminal.tick()
    await terminal.until('00:10')
    await terminal.until(liveMark)
    return await terminal.settled((grid) => isColoured(grid, keyword))
  } finally {
    terminal.close()
    await home.client.deleteSession(session.id)
  }
}
