import type { Theme } from '../../text/theme.js'
import type { Look } from './block.js'
import { indent, type Margin } from './margin.js'
import { createPlainStream, type LineStream } from './plain-stream.js'

export interface GrowingTextOptions {
  /** Makes the stream that draws it; may be called again, for another width or theme. */
  open(look: Look): LineStream
  /** Cells for the text where `open`'s stream fails and the bare text is shown. */
  room(width: number): number
  margin(theme: Theme): Margin
}

/** A text that is still being written, with its lines: final ones are kept, only the rest is drawn again. */
export interface GrowingText {
  /** UTF-16 units so far. */
  readonly length: number
  text(): string
  write(delta: string): void
  /** Nothing more comes. */
  end(): void
  /** The lines by now, the same array every time; the rest is drawn only when something came. */
  lines(look: Look): readonly string[]
  /** Something of the drawing itself changed: the next `lines` looks again, from the start if `whole`. */
  touch(whole: boolean): void
  /** What `lines` was last asked for, if it was. */
  drawnFor(): Look | undefined
}

/** Makes an empty one. Nothing is drawn before `lines` asks for it. */
export function createGrowingText(options: GrowingTextOptions): GrowingText {
  const parts: string[] = []
  let length = 0
  let pending = ''
  let hasEnded = false
  let drawn: { look: Look; stream: LineStream } | undefined
  // Lines before `kept` are final; all are, once the end has been drawn.
  let lines: string[] = []
  let kept = 0
  let isStale = true
  let isComplete = false

  const start = (look: Look, stream: LineStream) => {
    drawn = { look, stream }
    lines = []
    kept = 0
    pending = parts.join('')
    isStale = true
    isComplete = false
  }
  const advance = (look: Look, stream: LineStream) => {
    const margin = options.margin(look.theme)
    const put = (line: string) => lines.push(indent(line, margin))
    const delta = pending
    pending = ''
    isStale = false
    lines.length = kept
    stream.push(delta).forEach(put)
    if (hasEnded) {
      stream.end().forEach(put)
      isComplete = true
      return
    }
    kept = lines.length
    stream.tail().forEach(put)
  }
  return {
    get length() {
      return length
    },
    text: () => parts.join(''),
    write(delta) {
      if (delta === '') return
      parts.push(delta)
      if (drawn) pending += delta
      length += delta.length
      isStale = true
    },
    end() {
      hasEnded = true
      isStale = true
    },
    lines(look) {
      if (!drawn || drawn.look.width !== look.width || drawn.look.theme !== look.theme) {
        start(look, options.open(look))
      }
      if (!drawn || !isStale || isComplete) return lines
      try {
        advance(look, drawn.stream)
      } catch {
        start(look, createPlainStream(options.room(look.width)))
        advance(look, drawn.stream)
      }
      return lines
    },
    touch(whole) {
      isStale = true
      if (whole) drawn = undefined
    },
    drawnFor: () => drawn?.look,
  }
}
