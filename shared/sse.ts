/** One event of a `text/event-stream`. `id` is the event's own, never that of an earlier one. */
export interface SseEvent {
  event?: string
  data: string
  id?: string
}

/** A reader to push bytes into as they arrive; any chunking of the same bytes gives the same events. */
export interface SseReader {
  /** The events that these bytes complete. Throws SseTooLargeError on the call after the one that met it. */
  push(bytes: Uint8Array): SseEvent[]
  /** What is left at the end of the bytes: a last event whose blank line never came. */
  end(): SseEvent[]
}

export interface SseReaderOptions {
  /** Called for each comment line (`: ping`), with what it says: proof that the line is alive. */
  onComment?: ((text: string) => void) | undefined
  /** The most an event may have, in UTF-16 units. Default 8 Mi. */
  maxEventLength?: number
}

/** An event is larger than the reader may hold: the other side is broken or hostile. */
export class SseTooLargeError extends Error {
  override readonly name = 'SseTooLargeError'

  constructor(limit: number) {
    super(`an event of the stream is larger than ${limit} characters`)
  }
}

/** The most that an event may have unless a reader is told otherwise, in UTF-16 units. */
export const maxEventLength = 8 * 1024 * 1024

/** Reads server-sent events as the WHATWG says, and dispatches a last event that lacks its blank line. */
export function createSseReader(options: SseReaderOptions = {}): SseReader {
  const { onComment, maxEventLength: most = maxEventLength } = options
  const decoder = new TextDecoder()
  let events: SseEvent[] = []
  let failure: SseTooLargeError | undefined
  /** The line whose end has not come yet. Only new text is searched for it, so any chunking is linear. */
  let pending = ''
  /** The last chunk ended in CR, which ended its line: an LF that comes now is the rest of it. */
  let skipLf = false
  let data: string | undefined
  let name: string | undefined
  let id: string | undefined
  let length = 0

  /** Takes up to the limit; what lies beyond fails the reader after the events before it are out. */
  const fits = (line: number): boolean => {
    if (length + line <= most) return true
    failure = new SseTooLargeError(most)
    return false
  }

  const dispatch = (): void => {
    if (data !== undefined) {
      const event: SseEvent = { data }
      if (name) event.event = name
      if (id !== undefined) event.id = id
      events.push(event)
    }
    data = name = id = undefined
    length = 0
  }

  const takeLine = (line: string): void => {
    if (line === '') {
      dispatch()
      return
    }
    if (!fits(line.length)) return
    // Nearly every line is `data: ...`: it must not pay for the others.
    const colon = line.startsWith('data:') ? 4 : line.indexOf(':')
    if (colon === 0) {
      onComment?.(line.slice(1).trim())
      return
    }
    length += line.length
    const field = colon === -1 ? line : line.slice(0, colon)
    const start = line.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1
    const value = colon === -1 ? '' : line.slice(start)
    if (field === 'data') data = data === undefined ? value : `${data}\n${value}`
    else if (field === 'event') name = value
    else if (field === 'id' && !value.includes('\0')) id = value
  }

  const takeText = (text: string): void => {
    let from = skipLf && text.charCodeAt(0) === 0x0a ? 1 : 0
    if (text !== '') skipLf = false
    let lf = text.indexOf('\n', from)
    let cr = text.indexOf('\r', from)
    while (!failure && (lf !== -1 || cr !== -1)) {
      const end = cr === -1 || (lf !== -1 && lf < cr) ? lf : cr
      const line = text.slice(from, end)
      const whole = pending === '' ? line : pending + line
      pending = ''
      from = end + 1
      if (end === cr) {
        if (lf === from) from += 1
        else skipLf = from === text.length
        cr = text.indexOf('\r', from)
      }
      if (lf !== -1 && lf < from) lf = text.indexOf('\n', from)
      takeLine(whole)
    }
    if (from < text.length) pending += text.slice(from)
    if (!failure) fits(pending.length)
  }

  const flush = (): SseEvent[] => {
    if (failure && events.length === 0) throw failure
    const out = events
    events = []
    return out
  }

  return {
    push(bytes) {
      if (failure) throw failure
      takeText(decoder.decode(bytes, { stream: true }))
      return flush()
    },
    end() {
      if (failure) throw failure
      takeText(decoder.decode())
      if (pending !== '') takeLine(pending)
      pending = ''
      dispatch()
      return flush()
    },
  }
}
