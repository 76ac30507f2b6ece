import { isHighlighterSettled } from '../../text/highlight.js'
import { renderMarkdown } from '../../text/markdown.js'
import { hasAwaitedCode } from '../../text/markdown-code.js'
import { sanitise } from '../../text/sanitise.js'
import type { Theme } from '../../text/theme.js'
import type { Block, Look } from './block.js'
import { endingLines } from './ending.js'
import type { MessageEntry } from './entry.js'
import { answerDetails, answerHeader, userHeader } from './header.js'
import { indent, MARGIN, marginFor, textRoom } from './margin.js'
import { plainLines } from './plain-stream.js'
import { reasoningLines } from './reasoning.js'

/** The text of a message as lines, with the margin, and what they were drawn for. */
export interface Body {
  readonly width: number
  readonly theme: Theme
  /** It has code that was drawn before its colours were there. */
  readonly awaitsColours: boolean
  readonly lines: readonly string[]
}

/**
 * Draws a message of which nothing changes any more. `body` is its text where that has been drawn
 * already; `wantColours` is called when it has code whose colours are not loaded.
 */
export function createMessageBlock(
  entry: MessageEntry,
  { wantColours, body: drawnBefore }: { wantColours(): void; body?: Body | undefined },
): Block {
  const { message } = entry
  let body = drawnBefore
  let drawn: { readonly look: Look; readonly body: Body; readonly lines: string[] } | undefined

  const bodyFor = (look: Look): Body => {
    if (body && isCurrent(body, look)) return body
    body = drawBody(message, look)
    if (body.awaitsColours) wantColours()
    return body
  }
  return {
    lines(look) {
      const current = bodyFor(look)
      if (drawn?.look === look && drawn.body === current) return drawn.lines
      drawn = { look, body: current, lines: drawMessage(entry, current.lines, look) }
      return drawn.lines
    },
  }
}

function isCurrent({ width, theme, awaitsColours }: Body, look: Look): boolean {
  const isSame = width === look.width && theme === look.theme
  return isSame && !(awaitsColours && isHighlighterSettled(theme))
}

function drawBody({ role, kind, content }: MessageEntry['message'], look: Look): Body {
  const { theme, width } = look
  const margin = marginFor(kind, theme)
  const isMarkdown = role === 'assistant'
  const lines = isMarkdown ? markdownLines(content, look) : plainLines(content, textRoom(width))
  return {
    ...{ width, theme },
    awaitsColours: isMarkdown && hasAwaitedCode(sanitise(content), theme),
    lines: lines.map((line) => indent(line, margin)),
  }
}

// A text that cannot be drawn is better read as it is than not at all.
function markdownLines(content: string, { width, theme }: Look): string[] {
  try {
    return renderMarkdown(content, { width: width - MARGIN, theme })
  } catch {
    return plainLines(content, textRoom(width))
  }
}

function drawMessage(entry: MessageEntry, body: readonly string[], look: Look): string[] {
  const { message } = entry
  if (message.role === 'user') return [userHeader(message, look), ...body]
  const margin = marginFor(message.kind, look.theme)
  const details = answerDetails(
    { ...message, elapsedMs: message.elapsed_ms, variant: entry.variant },
    look,
  )
  return [
    answerHeader(message, details, look),
    ...reasoningLines(message.reasoning ?? '', margin, look),
    ...body,
    ...endingLines(entry, margin, look),
  ]
}
