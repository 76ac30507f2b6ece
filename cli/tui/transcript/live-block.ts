import type { TurnMessage, TurnOutcome } from '../../../shared/contract/event.js'
import type { Kind, Message, Usage } from '../../../shared/contract/message.js'
import { createMarkdownStream } from '../../text/stream.js'
import { paintToken } from '../../text/theme.js'
import { type Block, joinLines, type Lines, type Look } from './block.js'
import { warningLines } from './ending.js'
import type { MessageEntry } from './entry.js'
import { createGrowingText } from './growing-text.js'
import { answerDetails, answerHeader } from './header.js'
import { indent, MARGIN, marginFor, textRoom } from './margin.js'
import { marksFor } from './marks.js'
import type { Body } from './message-block.js'
import { createPlainStream } from './plain-stream.js'
import { reasoningLine, reasoningMargin, reasoningRoom, reasoningSgr } from './reasoning.js'

export type LivePhase = 'waiting' | 'thinking' | 'planning' | 'answering'

/** What a message that is being written is; its id is unknown until the daemon has told it. */
export interface LiveIdentity {
  readonly id?: string | undefined
  readonly kind: Kind
  readonly model: string | null
}

/** A message of the turn that runs. */
export interface LiveBlock extends Block {
  readonly identity: LiveIdentity
  readonly characters: number
  readonly reasoningCharacters: number
  /** False when its text has ended. */
  readonly isOpen: boolean
  readonly hasUsage: boolean
  phase(): LivePhase
  become(identity: LiveIdentity): void
  write(text: string): void
  think(text: string): void
  use(usage: Usage): void
  warn(text: string): void
  /** Its text has ended at this moment, ms since the epoch. */
  close(at: number): void
  /** The entry that it becomes, with its drawn text where it was drawn. */
  finish(told: TurnMessage | undefined, outcome: TurnOutcome | undefined): FinishedBlock
}

export interface FinishedBlock {
  readonly entry: MessageEntry
  readonly body: Body | undefined
}

export interface LiveBlockOptions {
  readonly identity: LiveIdentity
  /** ms since the epoch. */
  readonly startedAt: number
  /** How many older answers it has. */
  readonly variants?: number | undefined
  /** Colours have come: time to draw again. */
  onReady(): void
}

/** Makes a block for a message that is being written. */
export function createLiveBlock({
  identity: known,
  startedAt,
  variants,
  onReady,
}: LiveBlockOptions): LiveBlock {
  let identity = known
  let usage: Usage | undefined
  let endedAt: number | undefined
  let isOpen = true
  const warnings: string[] = []
  // Counted up whenever the lines may be others.
  let version = 0
  let drawn: { readonly look: Look; readonly version: number; readonly lines: Lines } | undefined
  let isAwaiting = () => false

  const body = createGrowingText({
    open: ({ width, theme }) => {
      const stream = createMarkdownStream({
        width: width - MARGIN,
        theme,
        onReady: () => {
          body.touch(!isOpen)
          version++
          onReady()
        },
      })
      isAwaiting = () => stream.waiting() !== undefined
      return stream
    },
    room: textRoom,
    margin: (theme) => marginFor(identity.kind, theme),
  })
  const reasoning = createGrowingText({
    open: ({ width, theme }) => createPlainStream(reasoningRoom(width), reasoningSgr(theme)),
    room: reasoningRoom,
    margin: (theme) => reasoningMargin(marginFor(identity.kind, theme), theme),
  })
  const phase = (): LivePhase => {
    if (body.length === 0 && reasoning.length > 0) return 'thinking'
    if (identity.kind === 'plan') return 'planning'
    return body.length > 0 ? 'answering' : 'waiting'
  }
  const details = (look: Look): string => {
    const { kind } = identity
    if (!isOpen) return answerDetails({ kind, variants, usage }, look)
    const now = phase()
    return answerDetails({ kind, variants, phase: now === 'waiting' ? undefined : now }, look)
  }
  const elapsed = () => (endedAt === undefined ? undefined : Math.max(0, endedAt - startedAt))
  const reasoningSections = (look: Look): (readonly string[])[] => {
    if (reasoning.length === 0) return []
    const margin = marginFor(identity.kind, look.theme)
    const line = reasoningLine(reasoning.length, isOpen && body.length === 0, look)
    const head = [indent(line, margin)]
    if (!look.expanded) return [head]
    return [head, reasoning.lines(look), [margin.blank]]
  }
  const textSection = (look: Look): readonly string[] => {
    if (body.length > 0 || reasoning.length > 0 || !isOpen) return body.lines(look)
    const { theme } = look
    const dots = paintToken(theme, 'dim', marksFor(theme).more)
    return [indent(dots, marginFor(identity.kind, theme))]
  }
  const warningSection = (look: Look): readonly string[] =>
    warningLines(warnings, marginFor(identity.kind, look.theme), look)
  const change = (apply: () => void) => {
    apply()
    version++
  }
  const bodyDrawn = (): Body | undefined => {
    const look = body.drawnFor()
    if (!look) return undefined
    const { width, theme } = look
    const lines = body.lines(look)
    return { width, theme, awaitsColours: isAwaiting(), lines }
  }

  return {
    get identity() {
      return identity
    },
    get characters() {
      return body.length
    },
    get reasoningCharacters() {
      return reasoning.length
    },
    get isOpen() {
      return isOpen
    },
    get hasUsage() {
      return usage !== undefined
    },
    phase,
    become: (next) =>
      change(() => {
        if (next.kind !== identity.kind) {
          body.touch(true)
          reasoning.touch(true)
        }
        identity = next
      }),
    write: (text) => change(() => body.write(text)),
    think: (text) => change(() => reasoning.write(text)),
    use: (next) =>
      change(() => {
        usage = next
      }),
    warn: (text) => change(() => warnings.push(text)),
    close: (at) =>
      change(() => {
        if (!isOpen) return
        isOpen = false
        endedAt = at
        body.end()
        reasoning.end()
      }),
    lines(look) {
      if (drawn?.look === look && drawn.version === version) return drawn.lines
      const lines = joinLines([
        [answerHeader(identity, details(look), look)],
        ...reasoningSections(look),
        textSection(look),
        warningSection(look),
      ])
      drawn = { look, version, lines }
      return lines
    },
    finish(told, outcome) {
      const kind = told?.kind ?? identity.kind
      const status = told?.status ?? outcome?.status ?? 'streaming'
      const problem = status === outcome?.status ? outcome.problem : undefined
      const created_at = new Date(startedAt).toISOString()
      // As it is told when it is read again. A plan is a part of its turn, whose time the answer has.
      const elapsed_ms = outcome === undefined ? elapsed() : outcome.elapsed_ms
      const message: Message = {
        id: told?.id ?? identity.id ?? `live-${startedAt}-${kind}`,
        role: 'assistant',
        ...{ kind, status, created_at, timestamp: created_at },
        content: body.text(),
        model: told?.model ?? identity.model,
        seq: told?.seq ?? 0,
        ...(reasoning.length > 0 && { reasoning: reasoning.text() }),
        ...(usage && { usage }),
        ...(kind !== 'plan' && elapsed_ms !== undefined && { elapsed_ms }),
        ...(told?.finish_reason && { finish_reason: told.finish_reason }),
        ...(problem && { error_code: problem.code, problem }),
        ...(outcome && { turn_id: outcome.turn_id }),
        ...(kind !== 'plan' && variants && { variants }),
      }
      const entry: MessageEntry = {
        ...{ kind: 'message', message },
        ...(warnings.length > 0 && { warnings: [...warnings] }),
      }
      return { entry, body: kind === identity.kind ? bodyDrawn() : undefined }
    },
  }
}
